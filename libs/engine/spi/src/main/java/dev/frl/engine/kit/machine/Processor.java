package dev.frl.engine.kit.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/** The processor of this machine, as Linux tells of it. */
public final class Processor {
    private static final Path INFO = Path.of("/proc/cpuinfo");

    private Processor() {}

    /** Model; elsewhere than on Linux, Java's word for the architecture. */
    public static String name() {
        var name = first("model name");
        return name.isEmpty() ? System.getProperty("os.arch") : name;
    }

    /** Instruction sets and more: {@code avx2}, {@code amx_bf16}. Empty elsewhere. */
    public static Set<String> flags() {
        return Set.copyOf(Arrays.asList(first("flags").split(" ")));
    }

    private static String first(String what) {
        try (var lines = Files.lines(INFO)) {
            return lines.filter(line -> line.startsWith(what))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return ""; // not Linux
        }
    }
}
