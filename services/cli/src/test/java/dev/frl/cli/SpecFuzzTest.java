package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.cli.terminal.Terminal;
import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No spec ends in an internal error: it is valid, or its problems are told. */
class SpecFuzzTest {
    private static final int MUTATIONS = 500;
    private static final List<String> COMMANDS = List.of("data list", "list", "workers", "validate spec.yaml");
    private static final long MOST_BYTES = 512L << 20;

    @TempDir
    Path directory;

    @Test
    void a_mutated_spec_is_valid_or_has_problems() throws Exception {
        // Given
        var originals = new ArrayList<byte[]>();
        for (String name : List.of("fashion-mnist", "quickstart", "sweep-random", "cifar10-preactresnet18")) {
            originals.add(Files.readAllBytes(Path.of("../../examples/" + name + ".yaml")));
        }
        originals.add("""
                {
                \t"apiVersion": "frl.dev/v1alpha1", "kind": "Experiment",
                \t"metadata": {"name": "small", "labels": {"mood": "😀"}, "generation": 3},
                \t"spec": {"dataset": {"name": "fashion-mnist"}, "model": {"arch": "cnn-small"},
                \t\t"attack": {"training": {"epsilon": 0.1}}}
                }
                """.getBytes(StandardCharsets.UTF_8));

        // When, Then
        Fuzz.run("frl validate", MUTATIONS, MOST_BYTES, random -> {
            var spec = Mutations.mutate(originals.get(random.nextInt(originals.size())), random);
            var file = Files.write(directory.resolve("spec.yaml"), spec);
            var context = new TestContext(directory);
            context.site = (home, data) -> (places, plan) -> {
                places.of("dataset.name");
                return List.of();
            };
            assertThat(context.frl("validate", file.toString())).isIn(0, 2);
            assertThat(context.err.toString()).isEmpty();
        });
    }

    @Test
    void whatever_the_variables_hold_a_command_works_or_says_what_is_wrong() throws Exception {
        // Given
        var valid = new TreeMap<>(Map.of(
                "FRL_HOME", "home",
                "FRL_DATA", "data",
                "FRL_ENGINE", "dl4j",
                "FRL_THREADS", "2",
                "KAFKA_BOOTSTRAP_SERVERS", "broker-1:9092,broker-2:9092",
                "KAFKA_REQUEST_TIMEOUT_MS", "30000",
                "MLFLOW_TRACKING_URI", "http://mlflow.example.org:5000",
                "MLFLOW_HTTP_REQUEST_TIMEOUT", "30",
                "TERM", "xterm-256color",
                "COLUMNS", "80"));
        valid.put("NO_COLOR", "1");
        var names = List.copyOf(valid.keySet());
        Files.writeString(directory.resolve("spec.yaml"), Specs.GOOD);

        // When, Then
        Fuzz.run("environment of frl", 100, MOST_BYTES, random -> {
            var context = new TestContext(directory);
            context.env.putAll(valid);
            for (int n = random.nextInt(1, 3); n > 0; n--) {
                var name = names.get(random.nextInt(names.size()));
                var value = Mutations.mutate(valid.get(name).getBytes(StandardCharsets.UTF_8), random);
                // No variable holds the character 0. A folder is below that of the test, and nothing is written here.
                context.env.put(name, new String(value, StandardCharsets.UTF_8).replace("\0", ""));
            }
            context.terminal = Terminal.ofProcess(context.env);
            var command = COMMANDS.get(random.nextInt(COMMANDS.size()));
            assertThat(context.frl(command.split(" "))).as(command).isIn(0, 1, 2, 75);
            assertThat(context.err.toString()).doesNotContain("\tat ");
        });
    }
}
