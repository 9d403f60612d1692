package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run does not depend on the user's language: digits of Persian, the dotless i of Turkish, the decimal comma of German. */
@Timeout(400)
class LanguagesTest {
    private static final List<String> LANGUAGES = List.of("en-US", "fa-IR", "tr-TR", "de-DE");
    private static final String SPEC = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: languages}
            spec:
              dataset:
                name: gaussian-mixture
                mixture: {d: 4, eta: 0.04, sigma: 0.02, k: 4}
                split: {train: 1000, validation: 1200, test: 1200}
              model: {arch: linear}
              training: {method: fgsm-at, epochs: 2, batchSize: 100}
              attack: {training: {epsilon: 0.01}, validation: {method: fgsm}, test: {method: fgsm}}
              fairness: {policy: frl-reweight-remargin}
            """;

    @TempDir
    Path directory;

    @Test
    void files_names_and_numbers_are_the_same_in_every_language() throws Exception {
        // Given
        var spec = Files.writeString(directory.resolve("spec.yaml"), SPEC);
        var files = new TreeMap<String, Map<String, String>>();
        try (var processes = new Processes(directory)) {
            for (var language : LANGUAGES) {
                var parts = language.split("-", 2);
                var home = directory.resolve("the home " + language);

                // When
                var run = processes.start(
                        List.of("-Xmx1g", "-Duser.language=" + parts[0], "-Duser.country=" + parts[1]),
                        language,
                        "dev.frl.cli.FrlMain",
                        Map.of("FRL_THREADS", "1"),
                        "run",
                        spec.toString(),
                        "--mlflow",
                        "none",
                        "--home",
                        home.toString());

                // Then
                assertThat(run.waitFor(300, TimeUnit.SECONDS)).isTrue();
                var log = Files.readString(directory.resolve(language + ".log"));
                assertThat(run.exitValue()).as(log).isZero();
                assertThat(log).doesNotContainPattern("[\\p{Nd}&&[^0-9]]");
                files.put(language, files(home));
            }
        }
        assertThat(files.get("en-US")).hasSizeGreaterThan(10);
        assertThat(files.values()).allSatisfy(f -> assertThat(f).isEqualTo(files.get("en-US")));
    }

    /** Path and content of what a run leaves behind, without what holds times. */
    private static Map<String, String> files(Path home) throws IOException {
        try (var paths = Files.walk(home)) {
            return paths.filter(Files::isRegularFile)
                    .filter(path ->
                            path.startsWith(home.resolve("runs")) || path.startsWith(home.resolve("checkpoints")))
                    .collect(Collectors.toMap(
                            path -> home.relativize(path).toString(),
                            LanguagesTest::content,
                            (a, b) -> a,
                            TreeMap::new));
        }
    }

    private static String content(Path path) {
        try {
            var name = path.getFileName().toString();
            if (name.endsWith(".safetensors")) {
                return String.valueOf(Arrays.hashCode(Files.readAllBytes(path)));
            }
            var text = Files.readString(path, StandardCharsets.UTF_8);
            return switch (name) {
                case "per_class.csv" -> text;
                case "metrics.csv" ->
                    text.lines()
                            .filter(line -> !line.contains("seconds") && !line.contains("per_second"))
                            .collect(Collectors.joining("\n"));
                default -> "exists";
            };
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
