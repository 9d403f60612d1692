package dev.frl.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.checkpoint.Retention;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.experiment.ExperimentPlan.Point;
import dev.frl.core.experiment.ExperimentSettings;
import dev.frl.core.experiment.ExperimentSettings.AshaSettings;
import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.run.RunPlan;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SweepTest {
    private static final String RANDOM = "random: {points: 3, space: {training.beta: {uniform: [1, 6]}}}";

    private static String spec(String sweep) {
        return Specs.MINIMAL + "  sweep: {" + sweep + "}\n";
    }

    private static ExperimentPlan admitted(String sweep) {
        return Specs.admitted(spec(sweep));
    }

    private static List<String> ids(ExperimentPlan plan) {
        return plan.runs().stream().map(RunPlan::runId).toList();
    }

    /** One problem a line, without its line. */
    private static String problems(String spec) {
        return Specs.problems(spec).stream()
                .map(p -> p.path() + " " + p.message())
                .collect(Collectors.joining("\n"));
    }

    @Test
    void without_a_sweep_there_is_one_point_of_one_run() {
        // When
        var plan = Specs.admitted(Specs.MINIMAL);

        // Then
        assertThat(plan.points()).isEqualTo(List.of(new Point(Map.of(), plan.runs())));
        assertThat(plan.runs()).hasSize(1).allMatch(r -> r.priority() == 0);
        assertThat(plan.settings()).isEqualTo(ExperimentSettings.ALL_RUNS);
        assertThat(plan.generation()).isEqualTo(1);
    }

    @Test
    void runs_that_differ_in_their_seeds_alone_are_one_point() {
        // When
        var plan = admitted("grid: {training.seed: [5, 3], training.beta: [1, 6]}");

        // Then
        assertThat(plan.points())
                .extracting(Point::variant)
                .isEqualTo(List.of(Map.of("training.beta", "1"), Map.of("training.beta", "6")));
        assertThat(plan.points())
                .allSatisfy(p -> assertThat(p.replicas())
                        .extracting(r -> r.settings().training().seed())
                        .containsExactly(5L, 3L));
        assertThat(plan.runs())
                .extracting(RunPlan::variant)
                .containsExactly(
                        Map.of("training.seed", "5", "training.beta", "1"),
                        Map.of("training.seed", "3", "training.beta", "1"),
                        Map.of("training.seed", "5", "training.beta", "6"),
                        Map.of("training.seed", "3", "training.beta", "6"));
    }

    @Test
    void seeds_make_the_runs_that_a_grid_over_these_seeds_makes() {
        // Given
        var byHand = admitted("grid: {training.beta: [1, 6], training.seed: [1, 2, 3]}");

        // When
        var plan = admitted("grid: {training.beta: [1, 6]}, seeds: 3");

        // Then
        assertThat(plan).isEqualTo(byHand);
    }

    @Test
    void seeds_begin_at_the_seed_of_the_point() {
        // When
        var alone = Specs.admitted(Specs.MINIMAL + "  training: {seed: 40}\n  sweep: {seeds: 3}\n");

        // Then
        assertThat(alone.points()).hasSize(1);
        assertThat(alone.runs()).extracting(r -> r.settings().training().seed()).containsExactly(40L, 41L, 42L);
    }

    @Test
    void one_seed_more_keeps_the_runs_that_were_there() {
        // When
        var four = admitted(RANDOM + ", seeds: 4");

        // Then
        var three = admitted(RANDOM + ", seeds: 3");
        assertThat(ids(four)).hasSize(12).containsAll(ids(three));
        assertThat(ids(admitted("seeds: 2"))).containsAll(ids(admitted("seeds: 1")));
    }

    @Test
    void what_changes_nothing_that_is_trained_changes_no_id() {
        // Given
        var plain = admitted(RANDOM);
        String limited = Specs.MINIMAL + "  schedule: {priority: 7}\n  sweep: {" + RANDOM
                + ", maxRuns: 3, parallelRuns: 2, maxFailedRuns: 0, constraints: {averageRobust: 0.3, averageClean: 1}}\n";

        // When
        var plan = Specs.admitted(limited);

        // Then
        assertThat(plan.experimentId()).isEqualTo(plain.experimentId());
        assertThat(ids(plan)).isEqualTo(ids(plain));
        assertThat(plan.runs())
                .extracting(RunPlan::canonicalSpec)
                .isEqualTo(plain.runs().stream().map(RunPlan::canonicalSpec).toList());
        assertThat(plan.runs()).extracting(RunPlan::priority).containsOnly(7);
        assertThat(plan.settings()).isEqualTo(new ExperimentSettings(null, new Constraints(0.3, 1.0), 2, 0));
    }

    @Test
    void a_warm_start_has_the_priority_of_its_experiment() {
        // When
        var plan = Specs.admitted(Specs.MINIMAL + "  warmStart: {}\n  schedule: {priority: -100}\n");

        // Then
        assertThat(plan.warmStarts()).hasSize(1);
        assertThat(plan.runs()).extracting(RunPlan::priority).containsOnly(-100);
    }

    @Test
    void successive_halving_is_another_experiment_of_the_same_runs() {
        // Given
        var plain = admitted(RANDOM);

        // When
        var halving = admitted(RANDOM + ", asha: {}");
        var other = admitted(RANDOM + ", asha: {minEpochs: 2, reduction: 4, lowerEnd: true}");

        // Then
        assertThat(halving.settings().asha()).isEqualTo(new AshaSettings(1, 3, false));
        assertThat(other.settings().asha()).isEqualTo(new AshaSettings(2, 4, true));
        assertThat(List.of(plain.experimentId(), halving.experimentId(), other.experimentId()))
                .doesNotHaveDuplicates();
        assertThat(ids(halving)).isEqualTo(ids(plain));
        assertThat(ids(other)).isEqualTo(ids(plain));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                                  | spec.sweep has nothing to vary: give it grid, random or seeds, or drop it for a single run
            parallelRuns: 2, asha: {}           | spec.sweep has nothing to vary: give it grid, random or seeds, or drop it for a single run
            grid: {}                            | spec.sweep.grid is empty: say what to vary, or drop sweep for a single run
            seeds: 0                            | spec.sweep.seeds is 0; it must be from 1 to 10000
            seeds: 2, parallelRuns: 0           | spec.sweep.parallelRuns is 0; it must be at least 1
            seeds: 2, maxFailedRuns: -1         | spec.sweep.maxFailedRuns is -1; it must be at least 0
            seeds: 2, maxRuns: 0                | spec.sweep.maxRuns is 0; it must be from 1 to 10000
            'grid: {training.beta: [1, 2]}, asha: {minEpochs: 0}' | spec.sweep.asha.minEpochs is 0; it must be at least 1
            'grid: {training.beta: [1, 2]}, asha: {reduction: 1}' | spec.sweep.asha.reduction is 1; it must be at least 2
            seeds: 2, constraints: {averageRobust: 35} | spec.sweep.constraints.averageRobust is 35; it must be an accuracy in [0, 1]; for 35 % write 0.35
            seeds: 2, constraints: {averageClean: -0.1} | spec.sweep.constraints.averageClean is -0.1; it must be an accuracy in [0, 1]; for 35 % write 0.35
            seeds: 2, paralelRuns: 2            | spec.sweep.paralelRuns is not a setting. Did you mean spec.sweep.parallelRuns?
            seeds: 2, parallelTrialCount: 2     | spec.sweep.parallelTrialCount is not a setting. Did you mean spec.sweep.parallelRuns?
            'grid: {training.beta: [1, 2]}, asha: {grace_period: 2}' | spec.sweep.asha.grace_period is not a setting. Did you mean spec.sweep.asha.minEpochs?
            seeds: 2, asha: {}                  | spec.sweep.asha compares points, but seeds are replicas of a single one; sweep more, or drop asha
            'grid: {training.beta: [1]}, asha: {}' | spec.sweep.asha compares points, but spec.sweep.grid gives a single one; sweep more, or drop asha
            'random: {points: 1, space: {training.beta: {uniform: [1, 2]}}}, asha: {}' | spec.sweep.asha compares points, but spec.sweep.random.points is 1; sweep more, or drop asha
            """)
    void a_mistake_is_named_with_its_value_and_what_to_do(String sweep, String expected) {
        assertThat(problems(spec(sweep == null ? "" : sweep))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {-101, 101})
    void a_priority_has_bounds(int priority) {
        assertThat(problems(Specs.MINIMAL + String.format(Locale.ROOT, "  schedule: {priority: %d}\n", priority)))
                .isEqualTo(String.format(
                        Locale.ROOT, "spec.schedule.priority is %d; it must be from -100 to 100", priority));
    }

    @Test
    void a_priority_is_not_swept() {
        assertThat(problems(spec("grid: {schedule.priority: [1, 2]}")))
                .isEqualTo("spec.sweep.grid.schedule.priority is not a setting that can be swept."
                        + " It is the same for all runs: write it in spec.schedule.priority");
        assertThat(problems(spec("grid: {schedule: [{priority: 1}, {maxAttempts: 2}]}")))
                .isEqualTo("spec.sweep.grid.schedule[0].priority cannot be swept."
                        + " It is the same for all runs: write it in spec.schedule.priority");
    }

    @ParameterizedTest
    @ValueSource(strings = {"checkpoints", "checkpoints.keep", "checkpoints.keep.last"})
    void retention_is_not_swept(String path) {
        assertThat(problems(spec("grid: {" + path + ": [1, 2]}")))
                .isEqualTo(String.format(
                        Locale.ROOT,
                        "spec.sweep.grid.%s is not a setting that can be swept."
                                + " It is the same for all runs: write it in spec.%s",
                        path,
                        path));
    }

    @Test
    void all_runs_of_an_experiment_keep_checkpoints_by_the_same_rule_and_their_ids_do_not_depend_on_it() {
        // Given
        String spec = Specs.MINIMAL + "  warmStart: {}\n";

        // When
        var all = Specs.admitted(spec);
        var some = Specs.admitted(spec + "  checkpoints: {keep: {last: 2}}\n");
        var fewest = Specs.admitted(spec + "  checkpoints: {keep: {last: 1, best: false}}\n");

        // Then
        assertThat(all.runs()).hasSize(2).extracting(RunPlan::retention).containsOnlyNulls();
        assertThat(some.runs()).extracting(RunPlan::retention).containsOnly(new Retention(2, true));
        assertThat(fewest.runs()).extracting(RunPlan::retention).containsOnly(new Retention(1, false));
        for (var plan : List.of(some, fewest)) {
            assertThat(plan.experimentId()).isEqualTo(all.experimentId());
            assertThat(plan.runs()).extracting(RunPlan::runId).isEqualTo(runIds(all));
            assertThat(plan.runs())
                    .extracting(RunPlan::canonicalSpec)
                    .isEqualTo(all.runs().stream().map(RunPlan::canonicalSpec).toList());
        }
    }

    private static List<String> runIds(ExperimentPlan plan) {
        return plan.runs().stream().map(RunPlan::runId).toList();
    }

    @Test
    void a_run_keeps_the_weights_that_it_is_tested_with() {
        String withoutBest = Specs.MINIMAL.replace("attack: {", "attack: {test: {best: true}, ")
                + "  checkpoints: {keep: {best: false}}\n";
        assertThat(problems(withoutBest))
                .isEqualTo("spec.checkpoints.keep.best is false, but spec.attack.test.best is true:"
                        + " the test needs the checkpoint of the best epoch; drop one");
    }

    @Test
    void more_runs_than_allowed_are_refused_with_both_numbers() {
        assertThat(problems(spec("grid: {training.beta: [1, 2, 3]}, maxRuns: 2")))
                .isEqualTo(
                        "spec.sweep.grid asks for 3 runs; at most 2 by spec.sweep.maxRuns: sweep less, or raise that");
        assertThat(problems(spec("grid: {training.beta: [1, 2, 3]}, seeds: 4, maxRuns: 11")))
                .isEqualTo(
                        "spec.sweep.grid asks for 3 points with 4 seeds each, 12 runs; at most 11 by spec.sweep.maxRuns:"
                                + " sweep less, or raise that");
        assertThat(problems(spec(RANDOM + ", maxRuns: 2")))
                .isEqualTo(
                        "spec.sweep.random.points asks for 3 runs; at most 2 by spec.sweep.maxRuns: sweep less, or raise"
                                + " that");
        assertThat(problems(spec(RANDOM + ", seeds: 4000")))
                .isEqualTo(
                        "spec.sweep.random.points asks for 3 points with 4,000 seeds each, 12,000 runs; at most 10,000:"
                                + " sweep less at once");
        assertThat(problems(spec("seeds: 3, maxRuns: 2")))
                .isEqualTo(
                        "spec.sweep.seeds asks for 3 runs; at most 2 by spec.sweep.maxRuns: sweep less, or raise that");
    }

    @Test
    void warm_starts_do_not_count() {
        // When
        var plan = Specs.admitted(Specs.MINIMAL + "  warmStart: {}\n  sweep: {seeds: 3, maxRuns: 3}\n");

        // Then
        assertThat(plan.runs()).hasSize(6);
        assertThat(plan.warmStarts()).hasSize(3);
    }

    @Test
    void seeds_beside_a_swept_seed_are_refused() {
        assertThat(problems(spec("grid: {training.seed: [1, 2]}, seeds: 2")))
                .isEqualTo(
                        "spec.sweep.seeds is given, but spec.sweep.grid.training.seed sweeps the seed; drop one of them");
        assertThat(problems(spec("grid: {training: [{seed: 1}, {beta: 2}]}, seeds: 2")))
                .isEqualTo("spec.sweep.seeds is given, but spec.sweep.grid.training sweeps the seed; drop one of them");
        assertThat(problems(spec("random: {points: 2, space: {training.seed: {integer: [1, 9]}}}, seeds: 2")))
                .isEqualTo(
                        "spec.sweep.seeds is given, but spec.sweep.random.space.training.seed sweeps the seed; drop one of"
                                + " them");
    }

    @Test
    void seeds_past_the_largest_number_are_refused() {
        assertThat(problems(Specs.MINIMAL + "  training: {seed: 9223372036854775806}\n  sweep: {seeds: 3}\n"))
                .isEqualTo("spec.sweep.seeds is 3, but spec.training.seed is 9223372036854775806, and seeds end at"
                        + " 9223372036854775807; begin with a smaller one");
        assertThat(Specs.admitted(Specs.MINIMAL + "  training: {seed: 9223372036854775806}\n  sweep: {seeds: 2}\n")
                        .runs())
                .hasSize(2);
    }

    @Test
    void the_first_rung_comes_before_the_last_epoch_of_every_run() {
        assertThat(problems(Specs.MINIMAL
                        + "  training: {epochs: 5}\n  sweep: {grid: {training.beta: [1, 2]}, asha: {minEpochs: 5}}\n"))
                .isEqualTo(
                        "spec.sweep.asha.minEpochs is 5, but spec.training.epochs is 5; the first rung must come before the"
                                + " last epoch: write at most 4");
        assertThat(problems(Specs.MINIMAL
                        + "  training: {epochs: 1}\n  sweep: {grid: {training.beta: [1, 2]}, asha: {}}\n"))
                .isEqualTo(
                        "spec.sweep.asha.minEpochs is 1 by default, but spec.training.epochs is 1; the first rung must come"
                                + " before the last epoch: train for more epochs, or drop asha");
        assertThat(Specs.admitted(
                                Specs.MINIMAL
                                        + "  training: {epochs: 5}\n  sweep: {grid: {training.beta: [1, 2]}, asha: {minEpochs: 4}}\n")
                        .runs())
                .hasSize(2);
    }

    @Test
    void presets_of_other_lengths_have_rungs_of_their_own() {
        // Given
        String sweep = "grid: {preset: [null, xu-2021-reweight]}, asha: {minEpochs: %d}";

        // When
        var plan = admitted(String.format(Locale.ROOT, sweep, 14));
        String problems = problems(spec(String.format(Locale.ROOT, sweep, 15)));

        // Then
        assertThat(plan.runs())
                .extracting(r -> r.settings().training().epochs())
                .containsExactly(15, 40);
        assertThat(problems)
                .isEqualTo(
                        "spec.sweep.asha.minEpochs is 15, but spec.training.epochs is 15; the first rung must come before the"
                                + " last epoch: write at most 14");
    }

    @Test
    void swept_epochs_beside_successive_halving_are_refused() {
        for (String axis : List.of("training.epochs: [5, 6]", "training: [{epochs: 5}, {epochs: 6}]")) {
            String path = axis.substring(0, axis.indexOf(':'));
            assertThat(problems(spec("grid: {" + axis + "}, asha: {}")))
                    .isEqualTo("spec.sweep.grid." + path
                            + " sweeps the number of epochs, but spec.sweep.asha compares runs of the"
                            + " same length; drop one of them");
        }
        assertThat(problems(spec("random: {points: 2, space: {training.epochs: {integer: [5, 9]}}}, asha: {}")))
                .isEqualTo(
                        "spec.sweep.random.space.training.epochs sweeps the number of epochs, but spec.sweep.asha compares"
                                + " runs of the same length; drop one of them");
    }

    @Test
    void a_canonical_spec_is_of_one_run() {
        // Given
        String canonical = Specs.onlyRun(Specs.MINIMAL).canonicalSpec();
        String withPriority = canonical.replace("\"schedule\":{\"epoch", "\"schedule\":{\"priority\":1,\"epoch");

        // When
        var thrown = org.assertj.core.api.Assertions.catchThrowable(() -> CanonicalSpec.read(withPriority));

        // Then
        assertThat(withPriority).isNotEqualTo(canonical);
        assertThat(thrown).hasMessageContaining("spec.schedule.priority is no setting of a single run");
    }
}
