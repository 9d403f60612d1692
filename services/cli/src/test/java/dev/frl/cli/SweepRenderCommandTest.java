package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The golden file is checked against the model of Kubernetes in tests/layers. */
class SweepRenderCommandTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/sweep-render.yaml");
    private static final Path GOLDEN_TRAINJOB = Path.of("src/test/resources/golden/sweep-trainjob.yaml");
    private static final String SWEEP = Specs.with(
            "fairness.policy: [none, frl-reweight]\n    parallelRuns: 1\n    maxFailedRuns: 1",
            "fairness.policy: [none, frl-reweight]");

    @TempDir
    Path directory;

    private TestContext context;

    @BeforeEach
    void begin() {
        context = new TestContext(directory);
    }

    @Test
    void a_sweep_becomes_a_config_map_a_job_that_publishes_it_and_an_indexed_job_with_an_index_per_run()
            throws Exception {
        // When
        int code = context.frl(
                "sweep",
                "render",
                "-f",
                context.file("sweep.yaml", SWEEP),
                "-n",
                "frl",
                "--kueue",
                "team-a",
                "--gpus",
                "1");

        // Then
        assertThat(code).isZero();
        assertThat(context.err.toString()).isEmpty();
        if (Boolean.getBoolean("frl.docs.write")) {
            Files.writeString(GOLDEN, context.out.toString());
        }
        assertThat(context.out.toString()).isEqualTo(Files.readString(GOLDEN));
    }

    @Test
    void a_train_job_of_kubeflow_has_a_node_for_each_trainer_that_runs_at_the_same_time() throws Exception {
        // When
        int code = context.frl(
                "sweep", "render", "-f", context.file("sweep.yaml", SWEEP), "--trainjob", "--kueue", "team-a");

        // Then
        assertThat(code).isZero();
        assertThat(context.err.toString()).isEmpty();
        if (Boolean.getBoolean("frl.docs.write")) {
            Files.writeString(GOLDEN_TRAINJOB, context.out.toString());
        }
        assertThat(context.out.toString()).isEqualTo(Files.readString(GOLDEN_TRAINJOB));
    }

    @Test
    void without_limits_in_the_spec_all_runs_have_a_trainer_and_no_number_of_failures_ends_the_job() throws Exception {
        // When
        context.frl("sweep", "render", "-f", context.file("sweep.yaml", Specs.GOOD));

        // Then
        assertThat(context.out.toString())
                .contains("completions: 2\n", "parallelism: 2\n")
                .doesNotContain("maxFailedIndexes", "namespace", "kueue", "suspend", "nvidia.com/gpu");
    }

    @Test
    void names_that_yaml_1_1_reads_as_something_else_are_quoted() throws Exception {
        // When
        context.frl("sweep", "render", "-f", context.file("sweep.yaml", Specs.GOOD), "--name", "yes", "-n", "010");

        // Then
        assertThat(context.out.toString()).contains("name: \"yes\"\n", "namespace: \"010\"\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -n Team_A       | --namespace is Team_A; it must be a name of Kubernetes
            --kueue a..b    | --kueue is a..b; it must be a name of Kubernetes
            --kueue=        | --kueue is empty; it must be a name of Kubernetes
            --name=         | --name (empty) is no name for these Jobs
            --name Sweep    | --name Sweep is no name for these Jobs: lower-case letters, digits and hyphens, at most 55
            --trainjob --name 1st | --name 1st is no name for these Jobs: lower-case letters, digits and hyphens, at most 54, with a letter at the start
            --trainers 0    | --trainers is 0; it must be a number from 1
            --memory much   | --memory is much; it must be a quantity of Kubernetes, such as 2Gi
            --cpu=-1        | --cpu is -1; it must be a quantity of Kubernetes, such as 2 or 500m
            --gpus=-1       | --gpus is -1; it must be a number from 0 to 64
            """)
    void a_value_that_kubernetes_would_refuse_is_named_in_one_line(String options, String message) throws Exception {
        // Given
        var file = context.file("sweep.yaml", Specs.GOOD);
        var arguments = java.util.stream.Stream.concat(
                        java.util.stream.Stream.of("sweep", "render", "-f", file),
                        java.util.Arrays.stream(options.split(" ")))
                .toArray(String[]::new);

        // When
        int code = context.frl(arguments);

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.out.toString()).isEmpty();
        assertThat(context.err.toString()).contains(message).hasLineCount(1);
    }

    @Test
    void a_name_that_is_too_long_for_a_pod_is_refused_with_what_to_do() throws Exception {
        // Given
        var file = context.file("sweep.yaml", Specs.with("name: " + "a".repeat(63) + "}", "name: small}"));

        // When
        int code = context.frl("sweep", "render", "-f", file);

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString())
                .contains("at most 55", "Choose another with --name")
                .hasLineCount(1);
    }

    @Test
    void an_experiment_without_a_sweep_is_refused() throws Exception {
        // Given
        var file = context.file(
                "one.yaml", Specs.with("", "  sweep:\n    grid:\n      fairness.policy: [none, frl-reweight]\n"));

        // When
        int code = context.frl("sweep", "render", "-f", file);

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString()).contains("has no sweep").hasLineCount(1);
    }

    @Test
    void more_runs_than_an_indexed_job_has_indexes_are_refused() throws Exception {
        // Given
        var seeds = java.util.stream.IntStream.rangeClosed(1, 317)
                .mapToObj(Integer::toString)
                .toList();
        var file = context.file(
                "large.yaml",
                Specs.with(
                        String.format(
                                Locale.ROOT,
                                "fairness.policy: [none, frl-reweight]\n      training.seed: %s\n      dataset.split.seed: %s\n    maxRuns: 1000000",
                                seeds,
                                seeds),
                        "fairness.policy: [none, frl-reweight]"));

        // When
        int code = context.frl("sweep", "render", "-f", file);

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.out.toString()).isEmpty();
        assertThat(context.err.toString()).contains("100000");
    }

    @Test
    void a_spec_with_problems_is_reported_and_nothing_is_written() throws Exception {
        // When
        int code = context.frl("sweep", "render", "-f", context.file("bad.yaml", Specs.with("epoch: 2", "epochs: 2")));

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.out.toString()).isEmpty();
        assertThat(context.err.toString()).contains("1 problem, nothing was written");
    }
}
