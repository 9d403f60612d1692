package dev.frl.engine.kit.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/** The processor of this machine, as Linux describes it. */
public final class Processor {
    private static final Path INFO = Path.of("/proc/cpuinfo");

    private Processor() {}

    /** Model name; on other systems than Linux, Java's name of the architecture. */
    public static String name() {
        var name = first("model name");
        return name.isEmpty() ? System.getProperty("os.arch") : name;
    }

    /** Name and number of processors, for an engine's description: {@code CPU (NAME, 8 processors)}. */
    public static String description() {
        return String.format(
                Locale.ROOT,
                "CPU (%s, %d processors)",
                name(),
                Runtime.getRuntime().availableProcessors());
    }

    /** Feature flags, such as {@code avx2} and {@code amx_bf16}. Empty on other systems than Linux. */
    public static Set<String> flags() {
        return Set.copyOf(Arrays.asList(first("flags").split(" ")));
    }

    private static String first(String field) {
        try (var lines = Files.lines(INFO)) {
            return lines.filter(line -> line.startsWith(field))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return ""; // not Linux
        }
    }
}
