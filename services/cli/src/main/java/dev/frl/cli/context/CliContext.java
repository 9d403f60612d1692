package dev.frl.cli.context;

import dev.frl.cli.terminal.Console;
import dev.frl.cli.terminal.Terminal;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that commands see of the world around them.
 *
 * @param env environment variables
 * @param directory that relative paths are relative to
 * @param out what was found
 * @param err what is being done, and what went wrong
 * @param terminal what out and err lead to
 * @param clock for rates and times left
 * @param connections to Kafka, and to services in this process
 * @param site where specs run
 * @param stop whether the user wants the command to end
 */
public record CliContext(
        Map<String, String> env,
        Path directory,
        PrintWriter out,
        PrintWriter err,
        Terminal terminal,
        InstantSource clock,
        Connections connections,
        Site site,
        Interrupt stop)
        implements Console {
    public CliContext {
        env = Map.copyOf(env);
    }

    /** What is known of the machine that a spec runs on. */
    public interface Site {
        /** @param data the data folder that the user named */
        SiteChecks checks(Home home, @Nullable Path data);
    }

    public Path resolve(Path path) {
        return directory.resolve(path).normalize();
    }

    /** The path as a person in this directory writes it. */
    public String shown(Path path) {
        Path absolute = resolve(path);
        if (!absolute.startsWith(directory)) {
            return absolute.toString();
        }
        String relative = directory.relativize(absolute).toString();
        return relative.isEmpty() ? "." : relative;
    }
}
