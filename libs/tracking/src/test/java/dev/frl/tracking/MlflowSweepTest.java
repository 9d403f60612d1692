package dev.frl.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.frl.core.experiment.BestPoint;
import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.run.RunEvent;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.report.SyntheticRun;
import dev.frl.report.SyntheticRun.Choice;
import dev.frl.report.SyntheticSweep;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What MLflow says of experiments whose runs are pruned, stopped, paused, or go on after their end. */
final class MlflowSweepTest {
    private static final List<String> NAMES = List.of("easy", "hard");

    private FakeMlflow mlflow;

    @BeforeEach
    void start() throws IOException {
        mlflow = new FakeMlflow();
    }

    @AfterEach
    void stop() {
        mlflow.close();
    }

    private MlflowRecorder recorder() {
        return new MlflowRecorder(
                new MlflowSettings(URI.create(mlflow.uri()), "frl", null, Duration.ofSeconds(10), Map.of()));
    }

    /** A process that records these events in order and then writes summaries. */
    private void process(List<?> events) throws RecorderException {
        try (var recorder = recorder()) {
            var log = new TrackedEvents(recorder);
            accept(log, events);
            log.summariseNews();
        }
    }

    private static void accept(TrackedEvents log, List<?> events) throws RecorderException {
        for (Object event : events) {
            if (event instanceof RunEvent e) {
                log.accept(e);
            } else {
                log.accept((ExperimentEvent) event);
            }
        }
    }

    private static SyntheticRun run(Policy policy, long seed) {
        return new SyntheticRun(
                Choice.of(policy.label() + "-" + seed, policy, seed).epochs(3).withoutWarmStart(), NAMES);
    }

    private static SyntheticRun epoch(SyntheticRun run, int epoch, double worstRobustError) {
        return run.epoch(epoch, new double[] {.1, .2}, new double[] {.2, worstRobustError});
    }

    private static SyntheticRun finished(SyntheticRun run, double worstRobustError) {
        return run.tested(3, new double[] {.1, .2}, new double[] {.2, worstRobustError})
                .finished();
    }

    private static List<?> joined(SyntheticSweep sweep, SyntheticRun... runs) {
        var all = new ArrayList<Object>(sweep.events());
        for (SyntheticRun run : runs) {
            all.addAll(run.events());
        }
        return all;
    }

    private List<String> metrics(String name) {
        return mlflow.parent().metrics.stream()
                .filter(m -> m.startsWith(name + " step"))
                .toList();
    }

    private double value(String name, int step) {
        return metrics(name).stream()
                .filter(m -> m.startsWith(String.format(Locale.ROOT, "%s step %d at", name, step)))
                .mapToDouble(m -> Double.parseDouble(m.substring(m.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void the_parent_has_mean_low_and_high_over_the_seeds_of_a_point_by_epoch() throws Exception {
        // Given
        var a = epoch(run(Policy.NONE, 1), 1, .80);
        var b = epoch(run(Policy.NONE, 2), 1, .70);
        var c = epoch(run(Policy.NONE, 3), 1, .75);
        var sweep = new SyntheticSweep(1, 3).handedOut(0, a).handedOut(0, b).handedOut(0, c);

        // When
        process(joined(sweep, a, b, c));

        // Then: worst classes 0.20, 0.30, 0.25; s = 0.05, and t of 2 degrees of freedom is 4.302653
        double half = 4.302652729749462 * 0.05 / Math.sqrt(3);
        assertThat(value("worst_class_robust_acc_mean", 1)).isCloseTo(0.25, within(1e-9));
        assertThat(value("worst_class_robust_acc_lo", 1)).isCloseTo(0.25 - half, within(1e-9));
        assertThat(value("worst_class_robust_acc_hi", 1)).isCloseTo(0.25 + half, within(1e-9));
        assertThat(value("clean_acc_mean", 1)).isCloseTo(0.85, within(1e-9));
        assertThat(value("robust_acc_mean", 1)).isCloseTo((0.8 + 0.25) / 2, within(1e-9));
        long last = c.events().get(c.events().size() - 1).at().toEpochMilli();
        assertThat(metrics("worst_class_robust_acc_mean"))
                .containsExactly(String.format(
                        Locale.ROOT,
                        "worst_class_robust_acc_mean step 1 at %d: %s",
                        last,
                        value("worst_class_robust_acc_mean", 1)));
    }

    @Test
    void several_points_are_told_apart_by_a_prefix_and_one_seed_has_no_interval() throws Exception {
        // Given
        var a = epoch(run(Policy.NONE, 1), 1, .80);
        var b = epoch(run(Policy.FRL_REWEIGHT, 1), 1, .60);
        var sweep = new SyntheticSweep(2, 2).handedOut(0, a).handedOut(1, b);

        // When
        process(joined(sweep, a, b));

        // Then
        assertThat(value("none/worst_class_robust_acc_mean", 1)).isCloseTo(0.2, within(1e-9));
        assertThat(value("frl-reweight/worst_class_robust_acc_mean", 1)).isCloseTo(0.4, within(1e-9));
        assertThat(mlflow.parent().metrics).noneMatch(m -> m.contains("_lo step") || m.contains("_hi step"));
    }

    @Test
    void an_epoch_waits_for_every_seed_that_may_still_evaluate_it_and_for_seeds_that_are_not_handed_out()
            throws Exception {
        // Given
        var a = epoch(epoch(run(Policy.NONE, 1), 1, .80), 2, .70);
        var b = run(Policy.NONE, 2);
        var sweep = new SyntheticSweep(1, 2).handedOut(0, a);
        process(joined(sweep, a));
        var beforeTheSecondSeed = metrics("worst_class_robust_acc_mean");

        // When
        sweep.handedOut(0, b);
        epoch(b, 1, .60);
        process(joined(sweep, a, b));
        var whileItTrains = metrics("worst_class_robust_acc_mean");
        b.stopped("by a user");
        process(joined(sweep, a, b));

        // Then
        assertThat(beforeTheSecondSeed).isEmpty();
        assertThat(whileItTrains).hasSize(1);
        assertThat(value("worst_class_robust_acc_mean", 1)).isCloseTo(0.3, within(1e-9));
        assertThat(value("worst_class_robust_acc_mean", 2)).isCloseTo(0.3, within(1e-9));
        assertThat(metrics("worst_class_robust_acc_lo")).hasSize(1);
    }

    @Test
    void a_seed_that_goes_on_later_and_a_seed_that_comes_later_change_no_written_point() throws Exception {
        // Given: the second seed failed, so epoch 2 is that of the first alone
        var a = finished(epoch(epoch(run(Policy.NONE, 1), 1, .80), 2, .70), .70);
        var b = epoch(run(Policy.NONE, 2), 1, .60).failed("no space");
        var sweep = new SyntheticSweep(1, 2).handedOut(0, a).handedOut(0, b);
        process(joined(sweep, a, b));
        var before = List.copyOf(metrics("worst_class_robust_acc_mean"));

        // When
        finished(epoch(b.reopened(2, "retry"), 2, .20), .20);
        var c = finished(epoch(epoch(run(Policy.NONE, 3), 1, .10), 2, .10), .10);
        sweep.extended(1, 3).handedOut(0, c);
        process(joined(sweep, a, b, c));

        // Then
        assertThat(before).hasSize(2);
        assertThat(metrics("worst_class_robust_acc_mean")).isEqualTo(before);
    }

    @Test
    void only_the_first_points_have_step_metrics_and_the_table_has_all() throws Exception {
        // Given
        int count = MlflowSweep.MOST_POINTS + 3;
        var sweep = new SyntheticSweep(count, count);
        var runs = new ArrayList<SyntheticRun>();
        for (int i = 0; i < count; i++) {
            var choice = Choice.of("r" + i, Policy.FRL_REWEIGHT, 1).epochs(3).withoutWarmStart();
            var run = epoch(new SyntheticRun(choice, NAMES, Map.of("training.beta", String.valueOf(i))), 1, .5);
            runs.add(run);
            sweep.handedOut(i, run);
        }

        // When
        process(joined(sweep, runs.toArray(new SyntheticRun[0])));

        // Then
        assertThat(mlflow.parent().metrics.stream().filter(m -> m.contains("/clean_acc_mean step 1 ")))
                .hasSize(MlflowSweep.MOST_POINTS)
                .anyMatch(m -> m.startsWith("frl-reweight_beta-19/clean_acc_mean"));
        var table = new ObjectMapper().readTree(mlflow.artifacts.get("1/fashion-frl/artifacts/tables/sweep.json"));
        assertThat(table.get("data")).hasSize(count);
        assertThat(mlflow.parent().tags.get("mlflow.loggedArtifacts")).contains("tables/sweep.json");
    }

    @Test
    void names_that_are_cut_stay_apart() {
        assertThat(MetricNames.numbered("frl-reweight, beta=6", 4)).isEqualTo("frl-reweight_beta-6");
        assertThat(MetricNames.numbered("beta=" + "1".repeat(80), 4))
                .hasSize(62)
                .endsWith("1-4");
        assertThat(MetricNames.numbered("beta=ü", 5)).isEqualTo("beta-u-5");
    }

    private static final class Whole {
        final SyntheticRun best = finished(epoch(epoch(run(Policy.FRL_REWEIGHT, 1), 1, .60), 2, .50), .50);
        final SyntheticRun pruned =
                epoch(run(Policy.NONE, 1), 1, .80).parked("waits").stopped("pruned at epoch 1: rank 2 of 2");
        final SyntheticRun stopped = epoch(
                        run(Policy.FRL_REMARGIN, 1).parked("by a user").turnWanted(1), 1, .70)
                .stopped("by a user: enough");
        final SyntheticSweep sweep = new SyntheticSweep(new Constraints(0.35, null), 3, 3)
                .handedOut(0, pruned)
                .handedOut(1, best)
                .handedOut(2, stopped)
                .pruned(0, pruned, 1, "pruned at epoch 1: rank 2 of 2");

        List<?> events() {
            sweep.ended(
                    ExperimentPhase.FINISHED,
                    new BestPoint(1, Map.of("fairness.policy", "frl-reweight"), .5, .65, .85, 2, 1),
                    "completed: 1 finished, 0 failed, 2 stopped of 3 runs");
            return joined(sweep, pruned, best, stopped);
        }
    }

    @Test
    void stopped_and_pruned_runs_are_killed_with_the_reason() throws Exception {
        // When
        process(new Whole().events());

        // Then
        assertThat(mlflow.run("none-1").status).isEqualTo("KILLED");
        assertThat(mlflow.run("none-1").tags)
                .containsEntry("frl.stop_reason", "pruned")
                .containsEntry("frl.stopped", "pruned at epoch 1: rank 2 of 2")
                .containsEntry("frl.paused", "no");
        assertThat(mlflow.run("none-1").tags.get("mlflow.note.content")).contains("**Stopped:** pruned at epoch 1");
        assertThat(mlflow.run("frl-remargin-1").tags)
                .containsEntry("frl.stop_reason", "stopped")
                .containsEntry("frl.stopped", "by a user: enough")
                .containsEntry("frl.paused", "no");
        assertThat(mlflow.run("frl-reweight-1").status).isEqualTo("FINISHED");
    }

    @Test
    void a_paused_run_says_so() throws Exception {
        // When
        process(epoch(run(Policy.NONE, 1), 1, .80)
                .parked("has trained 1 of 3 epochs")
                .events());

        // Then
        assertThat(mlflow.run("none-1").status).isEqualTo("RUNNING");
        assertThat(mlflow.run("none-1").tags).containsEntry("frl.paused", "has trained 1 of 3 epochs");
    }

    @Test
    void the_parent_ends_with_the_best_point_and_why_others_ended() throws Exception {
        // When
        process(new Whole().events());

        // Then
        var parent = mlflow.parent();
        assertThat(parent.status).isEqualTo("FINISHED");
        assertThat(parent.tags)
                .containsEntry("frl.best_point", "frl-reweight")
                .containsEntry("frl.best_epoch", "2")
                .containsEntry("frl.constraints", "average robust accuracy of at least 35.0 %")
                .containsEntry("frl.runs_finished", "1")
                .containsEntry("frl.runs_stopped", "2")
                .containsEntry("frl.runs_failed", "0")
                .containsEntry("frl.points_pruned", "1")
                .containsEntry("frl.end_reason", "completed: 1 finished, 0 failed, 2 stopped of 3 runs");
        assertThat(parent.params)
                .containsEntry("sweep.search", "all runs to the last epoch")
                .containsEntry("sweep.constraints.averageRobust", "0.35");
        assertThat(parent.metrics).anyMatch(m -> m.startsWith("best_point/worst_class_robust_acc step 0"));
        assertThat(mlflow.artifacts.get("1/fashion-frl/artifacts/tables/sweep.json"))
                .contains("[\"none\",\"pruned\",\"pruned at epoch 1: rank 2 of 2\",1,1,0.2,")
                .contains("[\"frl-reweight\",\"best, finished\",\"\",2,1,0.5,")
                .contains("[\"frl-remargin\",\"stopped\",\"by a user: enough\",1,1,0.3,");
        assertThat(mlflow.artifacts.get("1/fashion-frl/artifacts/report/index.html"))
                .contains("Best point: frl-reweight");
    }

    @Test
    void an_experiment_without_an_end_stays_open_when_all_its_known_runs_have_ended() throws Exception {
        // Given
        var whole = new Whole();

        // When
        process(joined(whole.sweep, whole.pruned, whole.best, whole.stopped));

        // Then
        assertThat(mlflow.parent().status).isEqualTo("RUNNING");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27})
    void a_restart_anywhere_gives_the_same_record(int before) throws Exception {
        // Given
        var events = new Whole().events();
        process(events);
        String expected = mlflow.state();
        mlflow.close();
        mlflow = new FakeMlflow();

        // When
        process(events.subList(0, Math.min(before, events.size())));
        process(events);
        process(events);

        // Then
        assertThat(mlflow.state()).isEqualTo(expected);
    }

    private static List<RunEvent> reopened() {
        var run = epoch(epoch(run(Policy.NONE, 1), 1, .80).failed("no space").reopened(2, "by a user"), 2, .70);
        return finished(epoch(run.stopped("by a user").reopened(3, "retry"), 3, .60), .60)
                .events();
    }

    @Test
    void a_run_that_goes_on_after_its_end_is_running_and_then_has_its_new_end() throws Exception {
        // Given
        var events = reopened();
        int reopening = 0;
        while (!(events.get(reopening) instanceof RunEvent.Reopened)) {
            reopening++;
        }
        process(events.subList(0, reopening));
        String afterTheEnd = mlflow.run("none-1").status + mlflow.parent().status;

        // When
        process(events.subList(0, reopening + 1));
        String afterReopening = mlflow.run("none-1").status + mlflow.parent().status;
        var tags = Map.copyOf(mlflow.run("none-1").tags);
        process(events);

        // Then
        assertThat(afterTheEnd).isEqualTo("FAILEDFAILED");
        assertThat(afterReopening).isEqualTo("RUNNINGRUNNING");
        assertThat(tags).containsEntry("frl.stop_reason", "reopened").containsEntry("frl.reopen_reason", "by a user");
        assertThat(mlflow.run("none-1").status).isEqualTo("FINISHED");
        assertThat(mlflow.run("none-1").tags).containsEntry("frl.stop_reason", "completed");
        assertThat(mlflow.parent().status).isEqualTo("FINISHED");
        assertThat(mlflow.run("none-1").metrics.stream().filter(m -> m.startsWith("val/robust_acc step")))
                .hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17})
    void a_restart_of_the_recorder_anywhere_between_two_ends_gives_the_same_record(int before) throws Exception {
        // Given
        var events = reopened();
        process(events);
        String expected = mlflow.run("none-1").toString();
        mlflow.close();
        mlflow = new FakeMlflow();

        // When: the log is read from its beginning each time, also after the last end
        process(events.subList(0, Math.min(before, events.size())));
        process(events);
        mlflow.calls.clear();
        process(events);

        // Then
        assertThat(mlflow.run("none-1")).hasToString(expected);
        assertThat(mlflow.calls).noneMatch(c -> c.contains("update"));
    }

    @Test
    void an_experiment_that_is_extended_after_its_end_runs_again() throws Exception {
        // Given
        var whole = new Whole();
        process(whole.events());

        // When
        whole.sweep.reopened();
        process(joined(whole.sweep, whole.pruned, whole.best, whole.stopped));

        // Then
        assertThat(mlflow.parent().status).isEqualTo("RUNNING");
    }

    @Test
    void each_end_of_an_experiment_has_its_own_step_and_a_step_has_one_point() throws Exception {
        // Given
        var whole = new Whole();
        process(whole.events());

        // When
        whole.sweep.reopened();
        var events = whole.events();
        process(events);
        process(events);

        // Then
        assertThat(mlflow.parent().metrics)
                .filteredOn(m -> m.startsWith("best_point/robust_acc "))
                .extracting(m -> m.replaceAll(".* step (\\d+).*", "$1"))
                .containsExactly("0", "1");
    }
}
