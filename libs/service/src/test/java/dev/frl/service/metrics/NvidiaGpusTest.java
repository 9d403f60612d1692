package dev.frl.service.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NvidiaGpusTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicLong nanos = new AtomicLong();

    @TempDir
    Path folder;

    /** The line is what an H100 wrote. */
    @Test
    void load_and_memory_of_each_gpu_are_read_anew_after_some_seconds() throws IOException {
        // Given
        var program = program("echo '0, 37, 1024, 81559'; echo '1, [N/A], 2048, 81559'");
        NvidiaGpus.bind(registry, program, nanos::get);
        double before = gauge("frl.gpu.utilization", "0");

        // When
        program("echo '0, 100, 4096, 81559'");
        double kept = gauge("frl.gpu.utilization", "0");
        nanos.addAndGet(NvidiaGpus.KEPT.toNanos());

        // Then
        assertThat(before).isEqualTo(0.37);
        assertThat(kept).isEqualTo(0.37);
        assertThat(gauge("frl.gpu.utilization", "0")).isEqualTo(1);
        assertThat(gauge("frl.gpu.memory.used", "0")).isEqualTo(4096.0 * (1 << 20));
        assertThat(gauge("frl.gpu.memory.total", "0")).isEqualTo(81559.0 * (1 << 20));
        assertThat(gauge("frl.gpu.utilization", "1")).as("a GPU that is gone").isNaN();
    }

    @Test
    void there_are_no_meters_without_the_driver_or_without_a_gpu() throws IOException {
        // When
        NvidiaGpus.bind(registry, folder.resolve("absent").toString(), nanos::get);
        NvidiaGpus.bind(registry, program("echo 'NVIDIA-SMI has failed'; exit 9"), nanos::get);
        NvidiaGpus.bind(registry, program("echo 'No devices were found'"), nanos::get);

        // Then
        assertThat(registry.getMeters()).isEmpty();
    }

    private String program(String script) throws IOException {
        var file = folder.resolve("nvidia-smi");
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file.toString();
    }

    private double gauge(String name, String gpu) {
        return registry.get(name).tag("gpu", gpu).gauge().value();
    }
}
