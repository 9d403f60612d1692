package dev.frl.broker;

import dev.frl.core.failure.FileTrouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.utils.internals.Exit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says why the process ends when Kafka ends it. A broker that cannot write its log halts its process at once, and only its log,
 * which may be on the same full disk, knows the cause.
 */
final class BrokerHalt {
    private static final Set<Path> FOLDERS = ConcurrentHashMap.newKeySet();
    /** Kafka's index files are as long. */
    private static final int PROBE_BYTES = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(BrokerHalt.class);

    static {
        Exit.setHaltProcedure((status, message) -> {
            System.err.println("frl: " + reason(message));
            Runtime.getRuntime().halt(status);
        });
    }

    private BrokerHalt() {}

    /** Kafka writes to this folder from now on. */
    static void watch(Path data) {
        FOLDERS.add(data);
    }

    static void forget(Path data) {
        FOLDERS.remove(data);
    }

    /** @param message what Kafka says; often nothing */
    static String reason(@Nullable String message) {
        var troubles = FOLDERS.stream().map(BrokerHalt::trouble).sorted().collect(Collectors.joining("; "));
        return String.format(
                Locale.ROOT,
                "the Kafka broker in this process ended it%s: %s. Then start it again; what the broker has acknowledged is kept",
                message == null || message.isBlank()
                        ? ""
                        : " (" + message.replaceAll("\\s+", " ").strip() + ")",
                troubles.isEmpty() ? "its log has the cause" : troubles);
    }

    private static String trouble(Path data) {
        Path probe = data.resolve(".writable");
        try {
            Files.write(probe, new byte[PROBE_BYTES]);
        } catch (IOException e) {
            return String.format(Locale.ROOT, "it cannot write to %s: %s", data, FileTrouble.words(e));
        } finally {
            try {
                Files.deleteIfExists(probe);
            } catch (IOException e) {
                LOG.atDebug().setCause(e).log("not deleted");
            }
        }
        return String.format(Locale.ROOT, "it failed to write to %s; look at the disk, and at the log", data);
    }
}
