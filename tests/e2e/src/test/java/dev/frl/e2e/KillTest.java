package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code frl run}, killed in the middle and started again, ends with the numbers of an undisturbed run. */
class KillTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final String CLI = "dev.frl.cli.FrlMain";

    @TempDir
    Path directory;

    @Test
    void a_run_that_is_killed_in_the_middle_of_an_epoch_ends_with_the_same_numbers() throws Exception {
        // Given
        var spec = Files.writeString(directory.resolve("kill.yaml"), Specs.twoPoints("kill", 1500, 3));
        try (var processes = new Processes(directory)) {
            var undisturbed = run(processes, spec, "undisturbed");
            assertThat(undisturbed.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(undisturbed.exitValue()).as(log("undisturbed")).isZero();

            // When
            var first = run(processes, spec, "killed");
            await().atMost(LIMIT).until(() -> checkpoints("killed") >= 4);
            Processes.kill(first); // the next epoch is under way
            int before = checkpoints("killed");
            var second = run(processes, spec, "killed");
            assertThat(second.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();

            // Then
            assertThat(second.exitValue()).as(log("killed")).isZero();
            assertThat(before).as("checkpoints when it was killed").isLessThan(checkpoints("killed"));
            assertThat(results("killed")).isEqualTo(results("undisturbed")).hasSizeGreaterThan(12);
        }
    }

    private Process run(Processes processes, Path spec, String name) throws Exception {
        return processes.start(
                name,
                CLI,
                Map.of(),
                "run",
                spec.toString(),
                "--home",
                directory.resolve(name).toString(),
                "--data",
                TestData.folder().toString());
    }

    private String log(String name) throws IOException {
        return Files.readString(directory.resolve(name + ".log"));
    }

    private int checkpoints(String name) {
        return files(name, "model.safetensors").size();
    }

    /** Weights by content, and class errors, of every run. */
    private Map<String, String> results(String name) throws Exception {
        var results = new TreeMap<String, String>();
        var root = directory.resolve(name);
        for (var suffix : List.of(".safetensors", "per_class.csv")) {
            for (var file : files(name, suffix)) {
                var digest = java.security.MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
                results.put(root.relativize(file).toString(), HexFormat.of().formatHex(digest));
            }
        }
        return results;
    }

    private List<Path> files(String name, String suffix) {
        var root = directory.resolve(name);
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (var files = Files.walk(root)) {
            return new ArrayList<>(
                    files.filter(f -> f.toString().endsWith(suffix)).toList());
        } catch (IOException | java.io.UncheckedIOException e) { // a temporary folder was renamed meanwhile
            return List.of();
        }
    }
}
