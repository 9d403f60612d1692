package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No spec ends in an internal error: it is valid, or its problems are told. */
class SpecFuzzTest {
    private static final int MUTATIONS = 500;
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
}
