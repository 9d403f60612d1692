package dev.frl.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.run.RunPlan;
import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.core.settings.WarmStart;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlannerTest {
    private static final String WARM = Specs.MINIMAL + "  warmStart: {epochs: 3, learningRate: 0.2}\n";

    private static RunPlan warmStart(String yaml) {
        var warm =
                Specs.admitted(yaml).runs().stream().filter(RunPlan::warmStart).toList();
        assertThat(warm).hasSize(1);
        return warm.get(0);
    }

    @Test
    void the_same_spec_gives_the_same_ids_whatever_its_order_and_layout() {
        // Given
        String reordered = """
                {"spec": {"attack": {"training": {"epsilon": 1e-1}}, "model": {"arch": "cnn-small"},
                  "dataset": {"name": "fashion-mnist"}}, "metadata": {"name": "minimal"}, "kind": "Experiment",
                  "apiVersion": "frl.dev/v1alpha1"}""";

        // When
        var plan = Specs.admitted(reordered);

        // Then
        assertThat(plan).isEqualTo(Specs.admitted(Specs.MINIMAL));
        assertThat(plan.runs().get(0).runId()).matches("minimal-[0-9a-f]{8}");
    }

    @Test
    void a_tree_gives_the_same_plan_as_its_text() {
        assertThat(Trees.run(Trees.minimal())).isEqualTo(Specs.onlyRun(Specs.MINIMAL));
    }

    @Test
    void a_new_generation_gives_new_ids_to_all_but_the_warm_start() {
        // Given
        String again = WARM.replace("{name: minimal}", "{name: minimal, generation: 2}");

        // When
        var plan = Specs.admitted(again);

        // Then
        var before = Specs.admitted(WARM);
        assertThat(plan.experimentId()).isNotEqualTo(before.experimentId());
        assertThat(plan.runs().get(1).runId()).isNotEqualTo(before.runs().get(1).runId());
        assertThat(plan.runs().get(0).runId()).isEqualTo(before.runs().get(0).runId());
    }

    @Test
    void a_wider_grid_keeps_the_ids_of_the_runs_it_had() {
        // Given
        var two = Specs.admitted(Specs.MINIMAL + "  sweep: {grid: {training.seed: [1, 2]}}");

        // When
        var three = Specs.admitted(Specs.MINIMAL + "  sweep: {grid: {training.seed: [1, 2, 3]}}");

        // Then
        assertThat(three.runs().subList(0, 2)).extracting(RunPlan::runId).isEqualTo(ids(two));
        assertThat(three.experimentId()).isNotEqualTo(two.experimentId());
    }

    private static List<String> ids(ExperimentPlan plan) {
        return plan.runs().stream().map(RunPlan::runId).toList();
    }

    @Test
    void a_warm_start_is_a_plain_run_with_the_warm_starts_own_schedule() {
        // When
        var warm = warmStart(WARM);

        // Then
        var s = warm.settings();
        assertThat(s.training().epochs()).isEqualTo(3);
        assertThat(s.training().optimizer().learningRate()).isEqualTo(0.2);
        assertThat(s.training().averaging()).isNull();
        assertThat(s.warmStart()).isNull();
        assertThat(s.fairness().policy().label()).isEqualTo("none");
        assertThat(s.attack()).isEqualTo(Specs.onlyRun(Specs.MINIMAL).settings().attack());
        assertThat(warm.warmStartRun()).isNull();
        assertThat(warm.experiment()).isEqualTo("minimal");
        assertThat(warm.runId()).matches("warm-fashion-mnist-cnn-small-[0-9a-f]{8}");
        var dependent = Specs.admitted(WARM).runs().get(1);
        assertThat(dependent.warmStartRun()).isEqualTo(warm.runId());
        assertThat(dependent.settings().warmStart()).isInstanceOf(WarmStart.Pretrained.class);
    }

    @Test
    void experiments_that_differ_after_the_warm_start_share_it() {
        // Given
        String other = WARM.replace("name: minimal", "name: other")
                + "  training: {epochs: 99, optimizer: {learningRate: 0.5}, averaging: {}}\n"
                + "  fairness: {policy: frl-reweight}\n";

        // When
        var warm = warmStart(other);

        // Then
        assertThat(warm.runId()).isEqualTo(warmStart(WARM).runId());
    }

    @Test
    void what_the_warm_start_trains_on_sets_warm_starts_apart() {
        for (String change : List.of(
                "training: {seed: 2}",
                "training: {batchSize: 64}",
                "training: {beta: 1}",
                "training: {optimizer: {momentum: 0}}",
                "training: {optimizer: {weightDecay: 0}}",
                "schedule: {epochDeadline: 1h}")) {
            assertThat(warmStart(WARM + "  " + change).runId())
                    .as(change)
                    .isNotEqualTo(warmStart(WARM).runId());
        }
        assertThat(warmStart(WARM.replace("0.1", "0.2")).runId())
                .isNotEqualTo(warmStart(WARM).runId());
    }

    @Test
    void a_warm_start_by_another_method_takes_the_inner_attack_of_its_own() {
        // Given
        String yaml = Specs.MINIMAL + "  training: {method: pgd-at}\n  warmStart: {method: trades}\n";

        // When
        var warm = warmStart(yaml);

        // Then
        assertThat(warm.settings().training().method()).isEqualTo(TrainingMethod.TRADES);
        assertThat(warm.settings().attack().training().loss()).isEqualTo(AttackSettings.Loss.KL);
        assertThat(warm.settings().attack().training().start()).isEqualTo(AttackSettings.Start.NORMAL);
    }

    @Test
    void a_warm_start_by_trades_takes_its_own_attack_where_the_training_names_one() {
        for (String method : List.of("fgsm-at", "bim-at")) {
            // Given
            String yaml = Specs.MINIMAL
                    + String.format(Locale.ROOT, "  training: {method: %s}\n  warmStart: {method: trades}\n", method);

            // When
            var attack = warmStart(yaml).settings().attack().training();

            // Then
            assertThat(attack)
                    .as(method)
                    .isEqualTo(new AttackSettings(
                            AttackSettings.Method.PGD,
                            AttackSettings.Loss.KL,
                            0.1,
                            0.025,
                            10,
                            AttackSettings.Start.NORMAL));
        }
    }

    @Test
    void a_warm_start_by_another_method_keeps_the_norm_of_its_runs() {
        // Given
        String yaml = Specs.MINIMAL.replace("epsilon: 0.1", "epsilon: 2, norm: l2")
                + "  training: {method: pgd-at}\n  warmStart: {method: trades}\n";

        // When
        var attack = warmStart(yaml).settings().attack().training();

        // Then
        assertThat(attack)
                .isEqualTo(new AttackSettings(
                        AttackSettings.Method.PGD,
                        AttackSettings.Norm.L2,
                        AttackSettings.Loss.KL,
                        2,
                        0.5,
                        10,
                        AttackSettings.Start.NORMAL));
    }

    @Test
    void a_warm_start_by_the_same_method_has_the_same_inner_attack() {
        for (String method : List.of("fgsm-at", "bim-at", "pgd-at", "trades")) {
            // Given
            String yaml =
                    Specs.MINIMAL + String.format(Locale.ROOT, "  training: {method: %s}\n  warmStart: {}\n", method);

            // When
            var warm = warmStart(yaml);

            // Then
            assertThat(warm.settings().attack())
                    .as(method)
                    .isEqualTo(Specs.admitted(yaml).runs().get(1).settings().attack());
        }
    }

    @Test
    void a_checkpoint_needs_no_warm_start() {
        // When
        var run = Specs.onlyRun(Specs.MINIMAL + "  warmStart: {checkpoint: file:/data/robust.safetensors}");

        // Then
        assertThat(run.warmStartRun()).isNull();
        assertThat(run.settings().warmStart()).isEqualTo(new WarmStart.FromCheckpoint("file:/data/robust.safetensors"));
    }

    @Test
    void ids_are_short_and_plain_however_long_the_names() {
        // Given
        String name = "n".repeat(63);
        String yaml = Specs.MINIMAL.replace("minimal", name)
                + "  fairness: {policy: none}\n"
                + "  sweep: {grid: {fairness.policy: [none, frl-reweight-remargin], training.schedule.milestones: [[0.1, 0.2, 0.3], [0.1, 0.2, 0.4]],"
                + " attack.training.epsilon: [8/255, 0.1]}}";

        // When
        var plan = Specs.admitted(yaml);

        // Then
        assertThat(ids(plan)).hasSize(8).doesNotHaveDuplicates().allMatch(id -> id.matches("[a-z0-9-]{1,100}"));
        assertThat(plan.runs().get(0).variant())
                .isEqualTo(Map.of(
                        "fairness.policy", "none",
                        "training.schedule.milestones", "[0.1, 0.2, 0.3]",
                        "attack.training.epsilon", "8/255"));
        assertThat(plan.runs().get(0).variant().keySet())
                .containsExactly("fairness.policy", "training.schedule.milestones", "attack.training.epsilon");
    }

    @Test
    void points_that_mean_the_same_run_are_refused() {
        // Given
        String yaml = Specs.MINIMAL + "  sweep: {grid: {training.averaging: [{}, {decay: 0.7}]}}";

        // When
        var problems = Specs.problems(yaml);

        // Then
        assertThat(problems)
                .containsExactly(new SpecProblem(
                        8,
                        "spec.sweep.grid",
                        "gives the same run twice: {training.averaging={}} and {training.averaging={decay: 0.7}};"
                                + " every run must differ"));
    }

    @Test
    void labels_go_with_every_run() {
        // When
        var run = Specs.onlyRun(
                Specs.MINIMAL.replace("{name: minimal}", "{name: minimal, labels: {team: a, k8s.io/x: ''}}"));

        // Then
        assertThat(run.labels()).isEqualTo(Map.of("team", "a", "k8s.io/x", ""));
    }
}
