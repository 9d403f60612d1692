package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.cli.terminal.PrettyJson;
import dev.frl.core.run.RunPlan;
import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.spec.SpecProblem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DisparityCommandTest {
    @TempDir
    Path directory;

    private TestContext context;

    @BeforeEach
    void begin() {
        context = new TestContext(directory);
    }

    private List<RunSettings> printed(String... options) {
        var args = new ArrayList<>(List.of("study", "disparity", "--print-spec"));
        args.addAll(List.of(options));
        assertThat(context.frl(args.toArray(String[]::new))).isZero();
        var plan = FakeKafka.plan(context.out.toString());
        return plan.runs().stream().map(RunPlan::settings).toList();
    }

    @Test
    void natural_and_adversarial_nets_differ_in_nothing_but_their_training() {
        // When
        var runs = printed("--seeds", "2");

        // Then
        assertThat(runs).hasSize(4);
        assertThat(runs)
                .extracting(r -> r.training().method())
                .containsExactly(
                        TrainingMethod.NATURAL, TrainingMethod.NATURAL, TrainingMethod.PGD_AT, TrainingMethod.PGD_AT);
        assertThat(runs).extracting(r -> r.training().seed()).containsExactly(1L, 2L, 1L, 2L);
        assertThat(runs)
                .extracting(RunSettings::attack)
                .containsOnly(runs.get(0).attack());
        assertThat(runs)
                .extracting(RunSettings::dataset)
                .containsOnly(runs.get(0).dataset());
        assertThat(runs)
                .extracting(r -> r.training().schedule())
                .containsOnly(runs.get(0).training().schedule());
        assertThat(runs).allMatch(r -> r.fairness().policy() == Policy.NONE && r.warmStart() == null);
        assertThat(runs.get(0).attack().test().attack())
                .isEqualTo(new AttackSettings(
                        AttackSettings.Method.PGD,
                        AttackSettings.Loss.CROSS_ENTROPY,
                        0.1,
                        0.025,
                        20,
                        AttackSettings.Start.UNIFORM));
    }

    @Test
    void every_option_reaches_the_runs() {
        // When
        var run = printed(
                        "--dataset=mnist",
                        "--model=cnn-bn",
                        "--method=trades",
                        "--epsilon=16/255",
                        "--epochs=7",
                        "--learning-rate=0.02",
                        "--train=3000",
                        "--test=500")
                .get(1);

        // Then
        assertThat(run.dataset().name()).isEqualTo("mnist");
        assertThat(run.architecture()).isEqualTo("cnn-bn");
        assertThat(run.training().method()).isEqualTo(TrainingMethod.TRADES);
        assertThat(run.attack().training().epsilon()).isEqualTo(16 / 255.0);
        assertThat(run.training().epochs()).isEqualTo(7);
        assertThat(run.training().optimizer().learningRate()).isEqualTo(0.02);
        assertThat(run.dataset().split().train()).isEqualTo(3000);
        assertThat(run.dataset().split().test()).isEqualTo(500);
    }

    @ParameterizedTest
    @CsvSource({"fashion-mnist, 0.1", "mnist, 0.1", "cifar10, 0.03137254901960784", "svhn, 0.03137254901960784"})
    void the_usual_radius_of_the_images_is_taken(String dataset, double epsilon) {
        assertThat(printed("--dataset", dataset).get(0).attack().test().attack().epsilon())
                .isEqualTo(epsilon);
    }

    @Test
    void all_wrong_options_are_reported_at_once_and_nothing_is_started() {
        // Given
        context.site = (home, data) -> (places, plan) -> List.of();

        // When
        int code = context.frl(
                "study",
                "disparity",
                "--dataset=fashion-mnits",
                "--model=cnn-smal",
                "--method=pgd",
                "--epsilon=2",
                "--epochs=0",
                "--learning-rate=fast",
                "--train=-5",
                "--test=0",
                "--seeds=0");

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString().lines().map(String::strip))
                .satisfiesExactlyInAnyOrder(
                        l -> assertThat(l).isEqualTo("frl study disparity: 9 problems, nothing was run"),
                        l -> assertThat(l).startsWith("--dataset is fashion-mnits; there is no such data set"),
                        l -> assertThat(l).startsWith("--model is cnn-smal; there is no such architecture"),
                        l -> assertThat(l).startsWith("--method is pgd; it must be"),
                        l -> assertThat(l).startsWith("--epsilon is 2; it must be"),
                        l -> assertThat(l).startsWith("--epochs is 0; it must be"),
                        l -> assertThat(l).startsWith("--learning-rate is the text \"fast\"; it must be"),
                        l -> assertThat(l).startsWith("--train is -5; it must be"),
                        l -> assertThat(l).startsWith("--test is 0; it must be"),
                        l -> assertThat(l).isEqualTo("--seeds is 0; it must be a whole number from 1 to 100"));
        assertThat(context.kafka.started).isEmpty();
        assertThat(directory.resolve(".frl")).doesNotExist();
    }

    @Test
    void a_data_set_that_is_not_on_this_machine_is_a_problem_of_the_option() {
        // Given
        context.site = (home, data) -> (places, plan) -> places.of("dataset.name").stream()
                .map(p -> new SpecProblem(
                        p.line(), p.path(), String.format(Locale.ROOT, "is %s; it is not here", p.text())))
                .toList();

        // When
        int code = context.frl("study", "disparity");

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString()).isEqualTo("""
                frl study disparity: 1 problem, nothing was run
                  --dataset is fashion-mnist; it is not here
                """);
    }

    @Test
    void natural_training_is_not_compared_with_itself() {
        // When
        int code = context.frl("study", "disparity", "--method", "natural", "--print-spec");

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString().lines())
                .containsExactly(
                        "frl study disparity: 1 problem, nothing was run",
                        "  --method is natural, the baseline of the comparison; choose pgd-at, fgsm-at, bim-at or trades");
    }

    /** What is typed goes into a spec, but cannot add to it. */
    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "null", "true", "{a: 1}", "cnn-small\n  classes: 3", "&a", "\"", "größe", "a: b", "#"})
    void any_typed_text_is_one_problem_of_its_option(String typed) {
        // When
        int code = context.frl("study", "disparity", "--model=" + typed);

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString()).startsWith("frl study disparity: 1 problem, nothing was run\n  --model is ");
    }

    @Test
    void it_runs_like_any_spec_and_ends_with_what_was_found() {
        // When
        int code = context.frl("study", "disparity", "--epochs=2", "--train=1000", "--test=400");

        // Then
        assertThat(code).isZero();
        assertThat(context.kafka.published).hasSize(1);
        assertThat(context.kafka.published.get(0)).startsWith("disparity-fashion-mnist-cnn-small\n");
        assertThat(context.out.toString().replaceAll("\\s+", " "))
                .contains("worst - best")
                .contains(
                        "Training by pgd-at does not spread the classes' standard errors: best and worst class are 10.0 points apart");
        assertThat(context.err.toString())
                .contains("natural, seed 1: epoch 1/2 evaluated")
                .contains("Report  ");
    }

    @Test
    void json_holds_the_spread_over_the_classes() throws Exception {
        // When
        context.frl("study", "disparity", "--epochs=2", "-o", "json");

        // Then: of 20 and 10 % wrong
        var json = PrettyJson.MAPPER.readTree(context.out.toString());
        assertThat(json.at("/table/columns/0/label").asText()).isEqualTo("natural");
        assertThat(json.at("/table/gap/cells/0/standard/mean").asDouble()).isEqualTo(0.1);
        assertThat(json.at("/table/deviation/cells/1/standard/mean").asDouble()).isEqualTo(0.05);
        assertThat(json.at("/table/findings")).hasSize(1);
    }

    @Test
    void the_printed_spec_is_the_one_that_runs() throws Exception {
        // Given
        context.frl("study", "disparity", "--epochs=2", "--print-spec");
        String spec = context.file("study.yaml", context.out.toString());

        // When
        context.frl("study", "disparity", "--epochs=2");
        int code = context.frl("run", spec);

        // Then
        assertThat(code).isZero();
        assertThat(context.kafka.published).hasSize(1);
        assertThat(context.err.toString()).contains("has ended; these are its results.");
    }
}
