package dev.frl.spec.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.FrlSettings;
import dev.frl.core.settings.FrlSettings.Rates;
import dev.frl.core.settings.LearningRateSchedule;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.core.settings.TrainingSettings;
import dev.frl.spec.SpecProblem;
import dev.frl.spec.Specs;
import dev.frl.spec.Trees;
import dev.frl.spec.key.Key;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PresetTest {
    private static RunSettings settings(String... lines) {
        return Specs.onlyRun(Specs.MINIMAL + "  " + String.join("\n  ", lines) + "\n")
                .settings();
    }

    /** The numbers of the authors' scripts, written out. */
    @ParameterizedTest
    @CsvSource({
        "xu-2021-reweight, FRL_REWEIGHT, 0.1",
        "xu-2021-remargin, FRL_REMARGIN, 0.07",
        "xu-2021-reweight-remargin, FRL_REWEIGHT_REMARGIN, 0.07"
    })
    void a_preset_is_the_authors_schedule(String preset, Policy policy, double tolerance) {
        // When
        var settings = settings("preset: " + preset);

        // Then
        assertThat(settings.training())
                .isEqualTo(new TrainingSettings(
                        TrainingMethod.TRADES,
                        1.5,
                        40,
                        128,
                        1,
                        new OptimizerSettings(0.001, 0.9, 0.0005),
                        LearningRateSchedule.CONSTANT,
                        null));
        assertThat(settings.fairness())
                .isEqualTo(new FrlSettings(policy, tolerance, tolerance, new Rates(0.05, 0.1, 0.2, 40), 0.5, 0.98, 3));
        assertThat(settings.warmStart()).isNull();
    }

    @Test
    void what_the_spec_says_wins_and_the_preset_says_the_rest() {
        // When
        var settings = settings(
                "preset: xu-2021-reweight",
                "training: {epochs: 3, optimizer: {momentum: 0.5}}",
                "fairness: {policy: none, tolerance: {boundary: 0.2}}");

        // Then
        assertThat(settings.training().epochs()).isEqualTo(3);
        assertThat(settings.training().optimizer()).isEqualTo(new OptimizerSettings(0.001, 0.5, 0.0005));
        assertThat(settings.training().beta()).isEqualTo(1.5);
        assertThat(settings.fairness().policy()).isEqualTo(Policy.NONE);
        assertThat(FrlSettings.of(settings.fairness()).standardTolerance()).isEqualTo(0.1);
        assertThat(FrlSettings.of(settings.fairness()).boundaryTolerance()).isEqualTo(0.2);
    }

    @Test
    void one_tolerance_for_both_wins_over_the_presets() {
        // When
        var fairness = FrlSettings.of(settings("preset: xu-2021-reweight", "fairness: {tolerance: 0.05}")
                .fairness());

        // Then
        assertThat(fairness.standardTolerance()).isEqualTo(0.05);
        assertThat(fairness.boundaryTolerance()).isEqualTo(0.05);
        assertThat(fairness.policy()).isEqualTo(Policy.FRL_REWEIGHT);
    }

    @Test
    void milestones_make_the_schedule_multi_step_though_the_preset_is_constant() {
        // When
        var training = settings("preset: xu-2021-remargin", "training: {schedule: {milestones: [0.5]}}")
                .training();

        // Then
        assertThat(training.schedule()).isEqualTo(LearningRateSchedule.multiStep(java.util.List.of(0.5), 0.1));
    }

    @Test
    void a_preset_does_not_reach_into_the_warm_start() {
        // When
        var with = Specs.admitted(Specs.MINIMAL + "  preset: xu-2021-reweight\n  warmStart: {}\n");

        // Then
        var warm = with.runs().get(0).settings().training();
        assertThat(warm.epochs()).isEqualTo(10);
        assertThat(warm.optimizer().learningRate()).isEqualTo(0.05);
        assertThat(warm.schedule()).isEqualTo(LearningRateSchedule.MULTI_STEP);
    }

    @Test
    void a_preset_and_its_values_written_out_are_the_same_run() {
        // Given
        var preset = Trees.minimal();
        Trees.put(preset, "spec.preset", "xu-2021-reweight-remargin");
        var written = Trees.minimal();
        Preset.XU_2021_REWEIGHT_REMARGIN
                .settings()
                .keySet()
                .forEach(key -> Trees.put(written, key.path(), writtenOut(key)));

        // When
        var run = Trees.run(preset);

        // Then
        assertThat(run).isEqualTo(Trees.run(written));
    }

    private static <T> Object writtenOut(Key<T> key) {
        T value = Preset.XU_2021_REWEIGHT_REMARGIN.find(key).orElseThrow();
        return Trees.parse(key.type().written(value));
    }

    @Test
    void a_grid_of_presets_is_one_run_each() {
        // When
        var plan = Specs.admitted(
                Specs.MINIMAL + "  sweep: {grid: {preset: [null, xu-2021-reweight, xu-2021-reweight-remargin]}}\n");

        // Then
        assertThat(plan.runs())
                .extracting(r -> r.settings().fairness().policy())
                .containsExactly(Policy.NONE, Policy.FRL_REWEIGHT, Policy.FRL_REWEIGHT_REMARGIN);
    }

    @Test
    void an_unknown_preset_is_one_problem_with_a_suggestion() {
        // When
        var problems = Specs.problems(Specs.MINIMAL + "  preset: xu-2021-rewieght\n  fairness: {cap: 0.4}\n");

        // Then
        assertThat(problems)
                .containsExactly(new SpecProblem(
                        8,
                        "spec.preset",
                        "is xu-2021-rewieght; it must be one of xu-2021-reweight, xu-2021-remargin,"
                                + " xu-2021-reweight-remargin: did you mean xu-2021-reweight?"));
    }
}
