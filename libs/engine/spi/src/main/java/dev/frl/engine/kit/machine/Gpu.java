package dev.frl.engine.kit.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A graphics processor, as NVIDIA's driver tells of it: asked before any of CUDA's libraries load, since those end the process,
 * or compute nothing, on one that they have no code for.
 *
 * @param name {@code NVIDIA A10}, say
 * @param major of its compute capability: 8 of 8.6
 * @param minor of its compute capability: 6 of 8.6
 */
public record Gpu(String name, int major, int minor) {
    private static final List<String> QUESTION =
            List.of("nvidia-smi", "--query-gpu=name,compute_cap", "--format=csv,noheader");

    private static final Pattern ANSWER = Pattern.compile("(.+), *([0-9]+)\\.([0-9]+)");

    /** Who is asked. */
    @FunctionalInterface
    public interface Driver {
        /**
         * One line a GPU: {@code NVIDIA A10, 8.6}.
         *
         * @throws IOException if there is no driver
         */
        List<String> answer() throws IOException;
    }

    /**
     * The first GPU.
     *
     * @param driver {@code Gpu::ask}, but in tests
     * @throws IllegalArgumentException if there is no driver, or it knows no GPU; says which, and what to do
     */
    public static Gpu first(Driver driver) {
        List<String> lines;
        try {
            lines = driver.answer();
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    ("this build computes on a GPU, but NVIDIA's driver does not answer (%s): install it, or build"
                                    + " without -Pcuda")
                            .formatted(e.getMessage()),
                    e);
        }
        var line = lines.isEmpty() ? "nothing" : lines.get(0).strip();
        var gpu = ANSWER.matcher(line);
        if (!gpu.matches()) {
            throw new IllegalArgumentException(
                    "this build computes on a GPU, but NVIDIA's driver names none (it says: %s): build without -Pcuda"
                            .formatted(line));
        }
        return new Gpu(gpu.group(1), Integer.parseInt(gpu.group(2)), Integer.parseInt(gpu.group(3)));
    }

    /** The driver of this machine. */
    public static List<String> ask() throws IOException {
        var process = new ProcessBuilder(QUESTION).redirectErrorStream(true).start();
        try (var out = process.inputReader(StandardCharsets.UTF_8)) {
            return out.lines().toList();
        }
    }

    /** Whether its compute capability is this at least. */
    public boolean isAtLeast(int otherMajor, int otherMinor) {
        return major > otherMajor || (major == otherMajor && minor >= otherMinor);
    }

    @Override
    public String toString() {
        return "%s, compute capability %d.%d".formatted(name, major, minor);
    }
}
