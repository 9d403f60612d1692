package dev.frl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Longs;
import dev.frl.engine.net.NamedTensors.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against Python's own library; {@code src/test/python/golden.py} made the file and says with which versions. */
final class SafetensorsGoldenTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/python.safetensors");
    private static final Path SCRIPT = Path.of("src/test/python/golden.py");

    @Test
    void a_file_that_python_wrote_is_read_to_the_bit() {
        // When
        var read = Safetensors.read(GOLDEN);

        // Then
        assertThat(read.tensors()).isEqualTo(tensors());
        var five = ((Floats) read.tensors().get("5.weight")).values();
        assertThat(Float.floatToRawIntBits(five[0])).isEqualTo(0x7fc12345);
        assertThat(Float.floatToRawIntBits(five[1])).isEqualTo(0x80000000);
        assertThat(read.metadata()).isEqualTo(Map.of("format", "pt"));
    }

    @Test
    void we_write_the_bytes_that_python_writes() throws IOException {
        // Given
        var out = new ByteArrayOutputStream();

        // When
        Safetensors.write(tensors(), Map.of("format", "pt"), out);

        // Then
        assertThat(out.toByteArray()).isEqualTo(Files.readAllBytes(GOLDEN));
    }

    @Test
    void python_reads_equal_tensors_out_of_our_file(@TempDir Path folder) throws Exception {
        // Given
        var python = python();
        assumeTrue(
                python.isPresent(),
                "SKIPPED: no Python with torch and safetensors; name one in the environment variable FRL_PYTHON");
        var file = folder.resolve("ours.safetensors");
        try (var out = Files.newOutputStream(file)) {
            Safetensors.write(tensors(), Map.of("format", "pt"), out);
        }

        // When
        var check = run(python.get(), SCRIPT.toString(), "check", file.toString());

        // Then
        assertThat(check).isZero();
    }

    private static NamedTensors tensors() {
        var tensors = new LinkedHashMap<String, Tensor>();
        tensors.put("0.weight", ramp(2, 1, 3, 3));
        tensors.put("0.bias", ramp(2));
        tensors.put("10.weight", ramp(1, 1));
        tensors.put("1.running_mean", ramp(3));
        tensors.put("1.num_batches_tracked", new Longs(List.of(), new long[] {9007199254740993L}));
        tensors.put("2.steps", new Longs(List.of(2, 2), new long[] {1, -2, 3, -4}));
        var five = ramp(5, 7);
        five.values()[0] = Float.intBitsToFloat(0x7fc12345);
        five.values()[1] = -0.0f;
        tensors.put("5.weight", five);
        tensors.put("größe/φ", ramp(1));
        return NamedTensors.of(tensors);
    }

    private static Floats ramp(Integer... shape) {
        var values = new float[List.of(shape).stream().reduce(1, Math::multiplyExact)];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 8f - 1;
        }
        return new Floats(List.of(shape), values);
    }

    private static Optional<String> python() throws Exception {
        for (var candidate : List.of(System.getenv().getOrDefault("FRL_PYTHON", "python3"), "python3")) {
            try {
                if (run(candidate, "-c", "import torch, safetensors.torch") == 0) {
                    return Optional.of(candidate);
                }
            } catch (IOException e) {
                // There is no such program: the next one.
            }
        }
        return Optional.empty();
    }

    private static int run(String... command) throws Exception {
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES))
                    .as("%s ended", List.of(command))
                    .isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }
}
