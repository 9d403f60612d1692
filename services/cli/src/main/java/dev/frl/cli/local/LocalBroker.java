package dev.frl.cli.local;

import com.fasterxml.jackson.databind.JsonNode;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Home;
import dev.frl.cli.terminal.PrettyJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Optional;

/**
 * A broker in a process of this machine, as that process announces it in a file of its home.
 *
 * @param bootstrapServers address
 * @param pid of the process
 */
public record LocalBroker(String bootstrapServers, long pid) {
    /** Announces that this process runs the broker of the home. Closing withdraws the announcement. */
    public static AutoCloseable announce(Home home, String bootstrapServers) {
        var json = new LinkedHashMap<String, Object>();
        json.put("bootstrapServers", bootstrapServers);
        json.put("pid", ProcessHandle.current().pid());
        Path file = home.brokerAddress();
        Path temporary = file.resolveSibling("." + file.getFileName() + ".tmp");
        try {
            Files.createDirectories(home.path());
            Files.writeString(temporary, PrettyJson.pretty(json) + "\n");
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw CliException.failed(String.format(Locale.ROOT, "%s cannot be written: %s", file, e.getMessage()), e);
        }
        return () -> Files.deleteIfExists(file);
    }

    /** The running broker of the home. The file of a process that was killed is ignored. */
    public static Optional<LocalBroker> running(Home home) {
        try {
            JsonNode json = PrettyJson.MAPPER.readTree(Files.readString(home.brokerAddress(), StandardCharsets.UTF_8));
            var broker = new LocalBroker(
                    json.path("bootstrapServers").asText(), json.path("pid").asLong(-1));
            boolean alive = !broker.bootstrapServers().isEmpty()
                    && ProcessHandle.of(broker.pid())
                            .map(ProcessHandle::isAlive)
                            .orElse(false);
            return alive ? Optional.of(broker) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
