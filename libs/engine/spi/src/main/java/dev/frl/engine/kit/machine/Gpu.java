package dev.frl.engine.kit.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A GPU, as NVIDIA's driver describes it. The driver is queried before any CUDA library loads, because on a GPU that they
 * have no code for these libraries end the process or compute nothing.
 *
 * @param name such as {@code NVIDIA A10}
 * @param major first number of its compute capability, 8 in 8.6
 * @param minor second number of its compute capability, 6 in 8.6
 */
public record Gpu(String name, int major, int minor) {
    private static final List<String> QUERY =
            List.of("nvidia-smi", "--query-gpu=name,compute_cap", "--format=csv,noheader");

    private static final String REMEDY =
            "give the container a GPU (docker run --gpus 1; in a pod, the limit nvidia.com/gpu: 1), or take the build or image for the processor";

    private static final Pattern LINE = Pattern.compile("(.+), *([0-9]+)\\.([0-9]+)");

    /** Query to the driver. */
    @FunctionalInterface
    public interface Driver {
        /**
         * One line for each GPU: {@code NVIDIA A10, 8.6}.
         *
         * @throws IOException if there is no driver
         */
        List<String> query() throws IOException;
    }

    /**
     * The first GPU.
     *
     * @param driver {@code Gpu::ask}, except in tests
     * @throws IllegalArgumentException if there is no driver, or it lists no GPU; says which, and what to do
     */
    public static Gpu first(Driver driver) {
        List<String> lines;
        try {
            lines = driver.query();
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "this build computes on a GPU, but NVIDIA's driver does not answer (%s): install it, %s",
                            e.getMessage(),
                            REMEDY),
                    e);
        }
        var line = lines.isEmpty() ? "nothing" : lines.get(0).strip();
        var gpu = LINE.matcher(line);
        if (!gpu.matches()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "this build computes on a GPU, but NVIDIA's driver names none (it says: %s): %s",
                    line,
                    REMEDY));
        }
        return new Gpu(gpu.group(1), Integer.parseInt(gpu.group(2)), Integer.parseInt(gpu.group(3)));
    }

    /** Queries the driver of this machine. */
    public static List<String> ask() throws IOException {
        var process = new ProcessBuilder(QUERY).redirectErrorStream(true).start();
        try (var out = process.inputReader(StandardCharsets.UTF_8)) {
            return out.lines().toList();
        }
    }

    /** Whether its compute capability is at least {@code otherMajor.otherMinor}. */
    public boolean isAtLeast(int otherMajor, int otherMinor) {
        return major > otherMajor || (major == otherMajor && minor >= otherMinor);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s, compute capability %d.%d", name, major, minor);
    }
}
