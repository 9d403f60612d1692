package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no exception: the engine finds no memory, when a process starts or at the first step. */
@Timeout(300)
class ErrorAtStartTest {
    /** Less than any Java process has. */
    private static final Map<String, String> NO_MEMORY =
            Map.of("JAVA_TOOL_OPTIONS", "-Dorg.bytedeco.javacpp.maxphysicalbytes=1m");

    private static final String LARGE_BATCH = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: large}
            spec:
              dataset: {name: fashion-mnist, split: {train: 5000, validation: 60, test: 60}}
              model: {arch: cnn-bn}
              training: {method: natural, epochs: 1, batchSize: 4096}
              attack: {training: {epsilon: 0.1}, validation: {method: fgsm, shards: 1}, test: {method: fgsm, shards: 1}}
            """;

    @TempDir
    Path home;

    @Test
    void a_process_ends_with_one_line_and_leaves_its_home_to_the_next() throws Exception {
        try (var processes = new Processes(home)) {
            // When
            var up = processes.start(
                    "up", "dev.frl.cli.FrlMain", NO_MEMORY, "up", "--home", home.toString(), "--mlflow", "none");
            var trainer = processes.start(
                    "trainer",
                    "dev.frl.trainer.TrainerMain",
                    Map.of(
                            "JAVA_TOOL_OPTIONS", NO_MEMORY.get("JAVA_TOOL_OPTIONS"),
                            "FRL_HOME", home.resolve("trainer").toString(),
                            "KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"));

            // Then
            for (var process : Map.of("up", up, "trainer", trainer).entrySet()) {
                assertThat(process.getValue().waitFor(200, TimeUnit.SECONDS))
                        .as(process.getKey())
                        .isTrue();
                var log = Files.readString(home.resolve(process.getKey() + ".log"));
                assertThat(process.getValue().exitValue())
                        .as("a limit that is set too low is a wrong setting: " + log)
                        .isEqualTo(process.getKey().equals("up") ? 1 : 2);
                assertThat(log.lines()).last().asString().contains("memory");
                assertThat(log).doesNotContain("\tat ");
            }
            assertThat(home.resolve("broker.json")).doesNotExist();
        }
    }

    /** Root has no such limit, so the process is another user's, who may read everything. */
    @ParameterizedTest
    @CsvSource({"dev.frl.recorder.RecorderMain, 32", "dev.frl.cli.FrlMain up, 60"})
    void a_process_whose_host_allows_too_few_threads_ends_with_one_line(String command, int threads) throws Exception {
        // Given
        assumeThat(Files.isExecutable(Path.of("/usr/bin/setpriv"))
                        && System.getProperty("user.name").equals("root"))
                .as("setpriv, and root")
                .isTrue();
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var own = Files.createDirectory(home.resolve("own"));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwxrwxrwx"));
        var log = home.resolve("process.log");

        // When
        var all = new ArrayList<>(List.of(
                "setpriv",
                "--reuid=54321",
                "--clear-groups",
                "--inh-caps=-all,+dac_read_search",
                "--ambient-caps=-all,+dac_read_search",
                "bash",
                "-c",
                String.format(Locale.ROOT, "ulimit -u %d && exec \"$@\"", threads),
                "bash",
                java,
                "-Xmx200m",
                "-XX:+UseSerialGC",
                "-Xlog:os+thread=off",
                "-cp",
                System.getProperty("java.class.path")));
        all.addAll(List.of(command.split(" ")));
        var builder = new ProcessBuilder(all).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("FRL_HOME", own.toString());
        builder.environment().put("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1");
        var process = builder.start();

        // Then
        try {
            assertThat(process.waitFor(100, TimeUnit.SECONDS)).as("ends").isTrue();
            assertThat(Files.readString(log).lines())
                    .last()
                    .asString()
                    .contains("the host allows no more threads", "ulimit -u");
            assertThat(process.exitValue()).isEqualTo(1);
            assertThat(Files.readString(log)).doesNotContain("\tat ");
        } finally {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev.frl.cli.FrlMain", "dev.frl.trainer.TrainerMain", "dev.frl.recorder.RecorderMain"})
    void a_process_whose_libraries_were_copied_in_part_ends_with_one_line(String main) throws Exception {
        // Given
        var classPath = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(jar -> !jar.contains("kafka-clients"))
                .collect(Collectors.joining(File.pathSeparator));
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var log = home.resolve("process.log");

        // When
        var command = new ArrayList<>(List.of(java, "-cp", classPath, main));
        if (main.endsWith("FrlMain")) {
            command.add("list");
        }
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();

        // Then
        try {
            assertThat(process.waitFor(45, TimeUnit.SECONDS)).as("ends").isTrue();
            assertThat(process.exitValue()).isEqualTo(1);
            assertThat(Files.readString(log)).contains("org/apache/kafka").doesNotContain("\tat ");
        } finally {
            process.destroyForcibly();
        }
    }

    /** A native limit that lets the process start. */
    @Test
    void a_batch_that_does_not_fit_fails_the_run_with_the_limit_the_need_and_the_setting_in_one_line()
            throws Exception {
        // Given
        var spec = Files.writeString(home.resolve("spec.yaml"), LARGE_BATCH);
        try (var processes = new Processes(home)) {
            // When
            var run = processes.start(
                    List.of("-Xmx1g", "-Dorg.bytedeco.javacpp.maxphysicalbytes=700m"),
                    "run",
                    "dev.frl.cli.FrlMain",
                    Map.of("FRL_DATA", TestData.folder().toString(), "FRL_THREADS", "1"),
                    "run",
                    spec.toString(),
                    "--home",
                    home.resolve("home").toString(),
                    "--mlflow",
                    "none");

            // Then
            assertThat(run.waitFor(280, TimeUnit.SECONDS)).isTrue();
            var log = Files.readString(home.resolve("run.log"));
            assertThat(run.exitValue()).as(log).isEqualTo(1);
            assertThat(log.lines())
                    .as(log)
                    .anySatisfy(line -> assertThat(line)
                            .contains("maxphysicalbytes is 700m", "JDK_JAVA_OPTIONS", "training.batchSize")
                            .containsPattern("physicalBytes \\([0-9]+M\\)"));
            assertThat(log).doesNotContain("\tat ", "internal error");
            assertThat(home.resolve("home/broker.json")).doesNotExist();
        }
    }
}
