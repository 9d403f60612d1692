package dev.frl.service.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/**
 * Load and memory of the GPUs, as NVIDIA's driver tells them through {@code nvidia-smi}, which is installed with the driver and which
 * NVIDIA's container runtime brings into containers. A reading is kept for some seconds, however often it is asked for.
 */
public final class NvidiaGpus {
    static final Duration KEPT = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final double MIB = 1 << 20;
    private static final double PERCENT = 100;
    private static final int FIELDS = 4;

    private final List<String> command;
    private final LongSupplier nanos;
    private Map<String, Gpu> gpus = Map.of();
    private long readAt;

    /**
     * A GPU.
     *
     * @param utilization share of the last second in which it was busy, in [0, 1]; NaN if it does not tell
     */
    private record Gpu(double utilization, double usedBytes, double totalBytes) {}

    private NvidiaGpus(List<String> command, LongSupplier nanos) {
        this.command = command;
        this.nanos = nanos;
    }

    /** Adds meters for each GPU of this machine; none where there is no GPU. */
    public static void bind(MeterRegistry meters) {
        if (ServiceMetrics.isRead(meters)) {
            bind(meters, "nvidia-smi", System::nanoTime);
        }
    }

    /** @param nanos time in nanoseconds, from any origin */
    static void bind(MeterRegistry meters, String program, LongSupplier nanos) {
        var reader = new NvidiaGpus(
                List.of(
                        program,
                        "--query-gpu=index,utilization.gpu,memory.used,memory.total",
                        "--format=csv,noheader,nounits"),
                nanos);
        reader.readAt = nanos.getAsLong();
        reader.gpus = reader.read();
        for (var index : reader.gpus.keySet()) {
            ServiceMeter.GPU_UTILIZATION.gauge(meters, () -> reader.value(index, Gpu::utilization), index);
            ServiceMeter.GPU_MEMORY_USED.gauge(meters, () -> reader.value(index, Gpu::usedBytes), index);
            ServiceMeter.GPU_MEMORY_TOTAL.gauge(meters, () -> reader.value(index, Gpu::totalBytes), index);
        }
    }

    private synchronized double value(String index, ToDoubleFunction<Gpu> of) {
        if (nanos.getAsLong() - readAt >= KEPT.toNanos()) {
            gpus = read();
            readAt = nanos.getAsLong();
        }
        var gpu = gpus.get(index);
        return gpu == null ? Double.NaN : of.applyAsDouble(gpu);
    }

    private Map<String, Gpu> read() {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            return Map.of(); // no driver
        }
        try {
            if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS) || process.exitValue() != 0) {
                return Map.of();
            }
            return parse(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return Map.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Map.of();
        } finally {
            process.destroyForcibly();
        }
    }

    private static Map<String, Gpu> parse(String lines) {
        var read = new TreeMap<String, Gpu>();
        for (var line : lines.split("\\R", -1)) {
            var fields = line.strip().split("\\s*,\\s*", -1);
            if (fields.length == FIELDS && fields[0].matches("[0-9]+")) {
                read.put(
                        fields[0],
                        new Gpu(number(fields[1]) / PERCENT, number(fields[2]) * MIB, number(fields[3]) * MIB));
            }
        }
        return read;
    }

    /** Some GPUs answer {@code [N/A]}, such as a part of one (MIG) for its load. */
    private static double number(String field) {
        return field.matches("[0-9]+") ? Double.parseDouble(field) : Double.NaN;
    }
}
