package dev.frl.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.run.RunPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExamplesTest {
    static Stream<Path> examples() throws IOException {
        try (var files = Files.list(Specs.repository().resolve("examples"))) {
            return files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void every_example_is_admitted(Path example) {
        // When
        var admission =
                new SpecReader(new StandardCatalogue()).read(Specs.text(example).getBytes(StandardCharsets.UTF_8));

        // Then
        assertThat(admission).isInstanceOf(Admission.Admitted.class);
        var plan = ((Admission.Admitted) admission).plan();
        assertThat(plan.runs()).isNotEmpty();
        assertThat(plan.runs()).extracting(RunPlan::experimentId).containsOnly(plan.experimentId());
    }

    @Test
    void fashion_mnist_is_twelve_runs_from_three_warm_starts() {
        // When
        var plan = Specs.admitted(Specs.text(Specs.repository().resolve("examples/fashion-mnist.yaml")));

        // Then
        assertThat(plan.runs()).filteredOn(RunPlan::warmStart).hasSize(3);
        assertThat(plan.runs().subList(3, 15))
                .hasSize(12)
                .allMatch(r -> !r.warmStart() && r.warmStartRun() != null)
                .extracting(RunPlan::warmStartRun)
                .containsOnly(
                        plan.runs().subList(0, 3).stream().map(RunPlan::runId).toArray(String[]::new));
        assertThat(plan.runs()).extracting(RunPlan::runId).doesNotHaveDuplicates();
    }
}
