package dev.frl.cli.context;

import dev.frl.cli.terminal.Console;
import dev.frl.cli.terminal.Terminal;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a command may use of its process, machine and Kafka.
 *
 * @param env environment variables
 * @param directory working directory
 * @param in standard input, read where a spec is named -
 * @param out results
 * @param err progress and errors
 * @param terminal the terminal behind out and err
 * @param clock for rates and remaining times
 * @param connections to Kafka, and to services in this process
 * @param site checks of the machine that runs a spec
 * @param interrupt whether the user wants to end the command
 */
public record CliContext(
        Map<String, String> env,
        Path directory,
        InputStream in,
        PrintWriter out,
        PrintWriter err,
        Terminal terminal,
        InstantSource clock,
        Connections connections,
        Site site,
        Interrupt interrupt)
        implements Console {
    public CliContext {
        env = Map.copyOf(env);
    }

    /** Checks of the machine that runs a spec. */
    public interface Site {
        /** @param data the user's data folder; null if none was named */
        SiteChecks checks(Home home, @Nullable Path data);
    }

    public Path resolve(Path path) {
        return directory.resolve(path).normalize();
    }

    /** The path for people: relative to the working directory if it lies inside, else absolute; nothing in it moves the cursor. */
    public String shown(Path path) {
        Path absolute = resolve(path);
        Path shown = absolute.startsWith(directory) ? directory.relativize(absolute) : absolute;
        return shown.toString().isEmpty() ? "." : shown.toString().replaceAll("\\p{Cc}", "?");
    }
}
