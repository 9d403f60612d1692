package dev.frl.core.experiment;

import static dev.frl.core.experiment.ExperimentBench.ID;
import static dev.frl.core.experiment.ExperimentBench.NAME;
import static dev.frl.core.experiment.ExperimentBench.run;
import static dev.frl.core.experiment.ExperimentBench.runs;
import static dev.frl.core.experiment.ExperimentBench.score;
import static dev.frl.core.experiment.ExperimentBench.warmStart;
import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.command.Verb;
import dev.frl.core.experiment.ExperimentEvent.Ended;
import dev.frl.core.experiment.ExperimentEvent.RunAdded;
import dev.frl.core.experiment.ExperimentEvent.RunHandedOut;
import dev.frl.core.experiment.ExperimentEvent.RunOrdered;
import dev.frl.core.experiment.ExperimentEvent.Started;
import dev.frl.core.experiment.ExperimentInput.AddRun;
import dev.frl.core.experiment.ExperimentInput.Submit;
import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.experiment.ExperimentStatus.RunCounts;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunInput;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExperimentDeciderTest {
    private final ExperimentBench bench = new ExperimentBench();

    private static ExperimentSettings limits(@Nullable Integer parallelRuns, @Nullable Integer maxFailedRuns) {
        return new ExperimentSettings(null, Constraints.NONE, parallelRuns, maxFailedRuns);
    }

    private static List<String> handedOut(List<RunInput.Signal> signals) {
        return signals.stream()
                .filter(RunInput.Plan.class::isInstance)
                .map(RunInput.Signal::runId)
                .toList();
    }

    private static List<String> ordered(Verb verb, List<RunInput.Signal> signals) {
        return signals.stream()
                .filter(signal -> signal instanceof RunInput.Order order && order.verb() == verb)
                .map(RunInput.Signal::runId)
                .toList();
    }

    @Test
    void an_experiment_starts_when_all_its_runs_are_in() {
        // Given
        var runs = runs(3, 1, 4);
        bench.input(new Submit(NAME, ID, 1, Map.of(), ExperimentSettings.ALL_RUNS, 3, null));
        bench.input(new AddRun(NAME, ID, Map.of("point", "0"), runs.get(0)));
        bench.input(new AddRun(NAME, ID, Map.of("point", "1"), runs.get(1)));
        assertThat(bench.signals).isEmpty();
        assertThat(bench.status().reason()).isEqualTo("waits for its runs: 2 of 3 came in");

        // When
        var events = bench.input(new AddRun(NAME, ID, Map.of("point", "2"), runs.get(2)));

        // Then
        assertThat(events).element(1).isInstanceOf(Started.class);
        assertThat(bench.signals)
                .containsExactly(
                        new RunInput.Plan(runs.get(0), 4),
                        new RunInput.Plan(runs.get(1), 4),
                        new RunInput.Plan(runs.get(2), 4));
        assertThat(bench.status().runs()).isEqualTo(new RunCounts(0, 3, 0, 0, 0, 0));
    }

    @Test
    void the_plan_of_a_run_leaves_the_store_when_the_run_is_handed_out() {
        // When
        bench.submit(limits(1, null), runs(2, 1, 4));

        // Then
        assertThat(bench.stores.get(ID).get("run-0").event()).isInstanceOf(RunHandedOut.class);
        assertThat(bench.stores.get(ID).get("run-1").event()).isInstanceOf(RunAdded.class);
    }

    @Test
    void a_spec_that_is_known_changes_nothing() {
        // Given
        bench.submit(ExperimentSettings.ALL_RUNS, runs(2, 1, 4));
        int before = bench.logs.get(ID).size();
        bench.taken();

        // When
        bench.submit(ExperimentSettings.ALL_RUNS, runs(2, 1, 4));

        // Then
        assertThat(bench.logs.get(ID)).hasSize(before);
        assertThat(bench.signals).isEmpty();
    }

    @Test
    void a_warm_start_is_handed_out_once_and_is_no_run_of_the_sweep() {
        // Given
        var warm = warmStart("warm", 7);
        var first = run(0, 0, 4, "warm");
        var second = run(1, 0, 4, "warm");

        // When
        bench.submit(limits(1, null), List.of(warm, first, second));
        bench.report("p0s0", Phase.FINISHED, 4);

        // Then
        assertThat(bench.signals)
                .containsExactly(
                        new RunInput.Plan(warm, 7),
                        new RunInput.Plan(first, 4),
                        new RunInput.Await("warm", "p0s0"),
                        new RunInput.Plan(second, 4),
                        new RunInput.Await("warm", "p1s0"));
        assertThat(bench.status().runs().all()).isEqualTo(2);
    }

    @Test
    void no_more_runs_are_handed_out_than_may_run_in_parallel() {
        // Given
        bench.submit(limits(2, null), runs(4, 1, 4));
        assertThat(handedOut(bench.taken())).containsExactly("p0s0", "p1s0");

        // When, then: the place of a run that rests is free
        bench.report("p1s0", Phase.PAUSED, 1);
        assertThat(handedOut(bench.taken())).containsExactly("p2s0");
        bench.report("p2s0", Phase.FAILED, 1);
        assertThat(handedOut(bench.taken())).containsExactly("p3s0");
        bench.report("p1s0", Phase.QUEUED, 1);
        assertThat(bench.signals).isEmpty();
        assertThat(bench.status().runs()).isEqualTo(new RunCounts(0, 3, 0, 0, 1, 0));
    }

    @Test
    void more_failed_runs_than_allowed_end_the_experiment_as_failed() {
        // Given
        bench.submit(limits(3, 1), runs(5, 1, 4));
        bench.report("p0s0", Phase.FAILED, 1);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.RUNNING);
        bench.taken();

        // When
        bench.report("p1s0", Phase.FAILED, 1);

        // Then
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.STOPPING);
        assertThat(bench.signals)
                .containsExactly(
                        new RunInput.Order("p2s0", Verb.STOP, "2 runs failed, and maxFailedRuns is 1", null),
                        new RunInput.Order("p3s0", Verb.STOP, "2 runs failed, and maxFailedRuns is 1", null));
        bench.report("p2s0", Phase.STOPPED, 1);
        bench.report("p3s0", Phase.STOPPED, 1);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.FAILED);
        assertThat(bench.status().reason())
                .isEqualTo("2 runs failed, and maxFailedRuns is 1: 0 finished, 2 failed, 3 stopped of 5 runs");
    }

    @Test
    void stop_ends_the_open_runs_and_hands_out_no_more() {
        // Given
        bench.submit(limits(2, null), runs(4, 1, 4));
        bench.taken();

        // When
        bench.input(new ExperimentInput.Ordered(NAME, bench.command(Verb.STOP, "wrong seeds")));

        // Then
        assertThat(bench.taken())
                .containsExactly(
                        new RunInput.Order("p0s0", Verb.STOP, "stopped by a user: wrong seeds", null),
                        new RunInput.Order("p1s0", Verb.STOP, "stopped by a user: wrong seeds", null));
        assertThat(bench.answer().done()).isTrue();
        assertThat(bench.answer().changed()).containsExactly("p0s0", "p1s0");
        assertThat(bench.answer().text())
                .isEqualTo("experiment exp-1: 2 open runs end after the epoch in progress; "
                        + "2 runs not handed out yet will not be");
        bench.report("p0s0", Phase.STOPPED, 2);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.STOPPING);
        bench.report("p1s0", Phase.FINISHED, 4);
        assertThat(bench.signals).isEmpty();
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.STOPPED);
        assertThat(bench.status().runs()).isEqualTo(new RunCounts(0, 0, 0, 1, 0, 3));
    }

    @Test
    void a_second_stop_changes_nothing_and_kill_is_stronger() {
        // Given
        bench.submit(ExperimentSettings.ALL_RUNS, runs(1, 1, 4));
        bench.order(Verb.STOP);
        bench.taken();

        // When, then
        assertThat(bench.order(Verb.STOP)).isEmpty();
        assertThat(bench.answer().done()).isTrue();
        bench.order(Verb.KILL);
        assertThat(ordered(Verb.KILL, bench.taken())).containsExactly("p0s0");
        assertThat(bench.order(Verb.STOP)).isEmpty();
        bench.report("p0s0", Phase.STOPPED, 2);
        assertThat(bench.order(Verb.STOP)).isEmpty();
        assertThat(bench.answer().done()).isTrue();
        assertThat(bench.answer().text()).contains("nothing changed; it has ended: killed by a user");
    }

    @Test
    void a_run_that_goes_on_while_its_experiment_is_stopped_is_stopped_too() {
        // Given
        bench.submit(ExperimentSettings.ALL_RUNS, runs(2, 1, 4));
        bench.report("p0s0", Phase.FAILED, 1);
        bench.order(Verb.STOP);
        bench.taken();

        // When
        bench.report("p0s0", Phase.QUEUED, 1);

        // Then
        assertThat(ordered(Verb.STOP, bench.taken())).containsExactly("p0s0");
        bench.report("p1s0", Phase.STOPPED, 1);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.STOPPING);
        bench.report("p0s0", Phase.STOPPED, 1);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.STOPPED);
    }

    @Test
    void pause_hands_out_nothing_until_resume() {
        // Given
        bench.submit(limits(2, null), runs(3, 1, 4));
        bench.taken();

        // When
        bench.order(Verb.PAUSE);

        // Then
        assertThat(ordered(Verb.PAUSE, bench.taken())).containsExactly("p0s0", "p1s0");
        bench.report("p0s0", Phase.PAUSED, 2);
        bench.report("p1s0", Phase.FINISHED, 4);
        assertThat(bench.taken()).isEmpty();
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.PAUSED);
        assertThat(bench.order(Verb.PAUSE)).isEmpty();

        // When
        bench.order(Verb.RESUME);

        // Then
        var signals = bench.taken();
        assertThat(ordered(Verb.RESUME, signals)).containsExactly("p0s0");
        assertThat(handedOut(signals)).containsExactly("p2s0");
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.RUNNING);
    }

    @Test
    void resume_is_refused_where_nothing_is_paused() {
        // Given
        bench.submit(ExperimentSettings.ALL_RUNS, runs(2, 1, 4));

        // When, then
        assertThat(bench.order(Verb.RESUME)).isEmpty();
        assertThat(bench.answer().done()).isFalse();
        assertThat(bench.answer().text()).isEqualTo("experiment exp-1: it is not paused: it waits for 2 open runs");
        bench.report("p0s0", Phase.FINISHED, 4);
        bench.report("p1s0", Phase.FAILED, 2);
        assertThat(bench.order(Verb.RESUME)).isEmpty();
        assertThat(bench.answer().text()).endsWith("retry takes up what failed or was stopped");
    }

    @Test
    void resume_takes_up_runs_that_were_paused_one_by_one() {
        // Given
        bench.submit(ExperimentSettings.ALL_RUNS, runs(1, 1, 4));
        bench.report("p0s0", Phase.PAUSED, 2);
        bench.taken();
        assertThat(bench.status().reason()).isEqualTo("waits for 1 paused run; resume continues it");

        // When
        bench.order(Verb.RESUME);

        // Then
        assertThat(ordered(Verb.RESUME, bench.taken())).containsExactly("p0s0");
        assertThat(bench.status().runs().running()).isEqualTo(1);
    }

    @Test
    void retry_takes_up_failed_runs_and_no_others() {
        // Given
        bench.submit(limits(2, null), runs(4, 1, 4));
        assertThat(bench.order(Verb.RETRY)).isEmpty();
        assertThat(bench.answer().text()).isEqualTo("experiment exp-1: no run has failed");
        bench.report("p0s0", Phase.FAILED, 2);
        bench.report("p1s0", Phase.FAILED, 2);
        bench.report("p2s0", Phase.FINISHED, 4);
        bench.report("p3s0", Phase.FAILED, 4);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.FINISHED);
        bench.taken();

        // When
        bench.order(Verb.RETRY);

        // Then
        assertThat(bench.taken())
                .as("as many as may run in parallel")
                .containsExactly(
                        new RunInput.Order("p0s0", Verb.RETRY, "retried by a user", null),
                        new RunInput.Order("p1s0", Verb.RETRY, "retried by a user", null));
        assertThat(bench.answer().changed()).containsExactly("p0s0", "p1s0", "p3s0");
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.RUNNING);
        assertThat(bench.status().runs()).isEqualTo(new RunCounts(1, 2, 0, 1, 0, 0));
        bench.report("p1s0", Phase.FINISHED, 4);
        assertThat(ordered(Verb.RETRY, bench.taken())).containsExactly("p3s0");
        bench.report("p0s0", Phase.FINISHED, 4);
        bench.report("p3s0", Phase.FINISHED, 4);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.FINISHED);
    }

    @Test
    void retries_that_wait_are_forgotten_by_a_stop() {
        // Given
        bench.submit(limits(1, null), runs(2, 1, 4));
        bench.report("p0s0", Phase.FAILED, 2);
        bench.report("p1s0", Phase.FAILED, 2);
        bench.order(Verb.RETRY);
        assertThat(bench.status().runs()).isEqualTo(new RunCounts(1, 1, 0, 0, 0, 0));

        // When
        bench.order(Verb.STOP);
        bench.report("p0s0", Phase.STOPPED, 3);

        // Then
        assertThat(bench.status().runs()).isEqualTo(new RunCounts(0, 0, 0, 0, 1, 1));
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.STOPPED);
    }

    @Test
    void retry_of_stopped_runs_hands_out_those_that_never_were() {
        // Given
        bench.submit(limits(2, null), runs(3, 1, 4));
        bench.report("p0s0", Phase.FAILED, 2);
        bench.order(Verb.STOP);
        bench.report("p1s0", Phase.STOPPED, 2);
        bench.report("p2s0", Phase.FINISHED, 4);
        bench.taken();

        // When, then: a retry of the failed run leaves stopped runs alone
        bench.order(Verb.RETRY);
        assertThat(ordered(Verb.RETRY, bench.taken())).containsExactly("p0s0");
        bench.report("p0s0", Phase.FINISHED, 4);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.FINISHED);
        assertThat(bench.taken()).isEmpty();

        // When
        bench.retryStopped();

        // Then
        assertThat(ordered(Verb.RETRY, bench.taken())).containsExactly("p1s0");
        bench.report("p1s0", Phase.FINISHED, 4);
        assertThat(bench.status().runs()).isEqualTo(new RunCounts(0, 0, 0, 3, 0, 0));
    }

    @Test
    void runs_that_a_stop_withheld_are_handed_out_by_a_retry_of_stopped_runs() {
        // Given
        bench.submit(limits(1, null), runs(3, 1, 4));
        bench.order(Verb.KILL);
        bench.report("p0s0", Phase.STOPPED, 2);
        bench.taken();

        // When
        bench.retryStopped();

        // Then
        assertThat(bench.answer().changed()).containsExactly("p0s0", "p1s0", "p2s0");
        assertThat(ordered(Verb.RETRY, bench.taken())).containsExactly("p0s0");
        bench.report("p0s0", Phase.FINISHED, 4);
        assertThat(handedOut(bench.taken())).containsExactly("p1s0");
    }

    @Test
    void verbs_are_refused_where_they_make_no_sense() {
        // When, then
        bench.order(Verb.STOP);
        assertThat(bench.answer().text()).isEqualTo("no experiment exp is known");
        assertThat(bench.answer().done()).isFalse();

        bench.input(new Submit(NAME, ID, 1, Map.of(), ExperimentSettings.ALL_RUNS, 1, null));
        assertThat(bench.order(Verb.STOP)).isEmpty();
        assertThat(bench.answer().text()).startsWith("experiment exp-1: of experiment exp-1, 0 of 1 runs");

        bench.input(new AddRun(NAME, ID, Map.of(), run(0, 0, 4, null)));
        bench.order(Verb.EXTEND);
        assertThat(bench.answer().done()).isFalse();

        bench.order(Verb.PAUSE);
        bench.order(Verb.RETRY);
        assertThat(bench.answer().text()).isEqualTo("experiment exp-1: it is paused; resume it first");

        bench.order(Verb.STOP);
        for (var verb : List.of(Verb.PAUSE, Verb.RESUME, Verb.RETRY)) {
            assertThat(bench.order(verb)).isEmpty();
            assertThat(bench.answer().done()).isFalse();
            assertThat(bench.answer().text()).contains("it is being stopped");
        }
        bench.report("p0s0", Phase.STOPPED, 1);
        for (var verb : List.of(Verb.PAUSE, Verb.RESUME)) {
            assertThat(bench.order(verb)).isEmpty();
            assertThat(bench.answer().text()).contains("it has ended: stopped by a user");
        }
    }

    @Test
    void an_extension_hands_out_the_new_runs_and_no_other() {
        // Given
        bench.submit(limits(1, null), runs(2, 1, 4));
        bench.report("p0s0", Phase.FINISHED, 4);
        bench.report("p1s0", Phase.FAILED, 4);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.FINISHED);
        bench.taken();

        // When
        bench.submit("exp-2", limits(4, null), runs(2, 3, 4), bench.command(Verb.EXTEND, null));

        // Then
        var signals = bench.taken();
        assertThat(handedOut(signals)).containsExactly("p0s1", "p0s2", "p1s1", "p1s2");
        assertThat(signals)
                .allMatch(signal -> signal instanceof RunInput.Plan plan
                        && plan.plan().experimentId().equals(ID));
        assertThat(bench.answer().text()).isEqualTo("experiment exp-1: 4 runs added");
        assertThat(bench.answer().changed()).containsExactly("p0s1", "p0s2", "p1s1", "p1s2");
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.RUNNING);
        assertThat(bench.status().points()).isEqualTo(2);
        assertThat(bench.experiments.ofName(NAME)).hasSize(1);
        assertThat(bench.stores.get(ID).keySet()).noneMatch(slot -> slot.startsWith("extension"));
    }

    @Test
    void an_extension_with_known_runs_adds_nothing() {
        // Given
        bench.submit(ExperimentSettings.ALL_RUNS, runs(2, 1, 4));
        bench.taken();

        // When
        bench.submit("exp-1", ExperimentSettings.ALL_RUNS, runs(2, 1, 4), bench.command(Verb.EXTEND, null));

        // Then
        assertThat(bench.signals).isEmpty();
        assertThat(bench.answer().done()).isTrue();
        assertThat(bench.answer().text())
                .isEqualTo("experiment exp-1: nothing is added, since all runs of the spec belong to it already");
    }

    @Test
    void an_extension_may_raise_limits_and_does_not_lower_them() {
        // Given
        bench.submit(limits(2, 5), runs(6, 1, 4));

        // When
        bench.submit("exp-2", limits(3, 1), runs(7, 1, 4), bench.command(Verb.EXTEND, null));

        // Then
        assertThat(bench.status().settings()).isEqualTo(limits(3, 5));
        assertThat(bench.status().runs().running()).isEqualTo(3);
    }

    @Test
    void an_extension_is_refused_without_an_experiment_and_while_it_is_stopped() {
        // When, then
        bench.submit("exp-2", limits(3, 1), runs(1, 1, 4), bench.command(Verb.EXTEND, null));
        assertThat(bench.answers).hasSize(1);
        assertThat(bench.answer().text()).isEqualTo("no experiment exp is known; submit its spec without extend");
        assertThat(bench.stores).isEmpty();

        bench.submit(ExperimentSettings.ALL_RUNS, runs(1, 1, 4));
        bench.order(Verb.STOP);
        bench.taken();
        bench.submit("exp-2", ExperimentSettings.ALL_RUNS, runs(2, 1, 4), bench.command(Verb.EXTEND, null));
        assertThat(bench.answer().done()).isFalse();
        assertThat(bench.signals).isEmpty();
    }

    @Test
    void an_extension_goes_to_the_newest_experiment_of_its_name() {
        // Given
        bench.submit("exp-1", ExperimentSettings.ALL_RUNS, runs(1, 1, 4), null);
        bench.submit("exp-2", ExperimentSettings.ALL_RUNS, runs(1, 1, 5), null);

        // When
        bench.submit("exp-3", ExperimentSettings.ALL_RUNS, runs(2, 1, 5), bench.command(Verb.EXTEND, null));

        // Then
        assertThat(bench.state("exp-1").status().runs().all()).isEqualTo(1);
        assertThat(bench.state("exp-2").status().runs().all()).isEqualTo(2);
    }

    @Test
    void experiments_that_share_a_run_both_learn_how_it_ends() {
        // Given
        bench.submit("exp-1", ExperimentSettings.ALL_RUNS, runs(1, 1, 4), null);
        bench.submit("exp-2", ExperimentSettings.ALL_RUNS, runs(2, 1, 4), null);

        // When
        bench.report("p0s0", Phase.FINISHED, 4);

        // Then
        assertThat(bench.state("exp-1").phase()).isEqualTo(ExperimentPhase.FINISHED);
        assertThat(bench.state("exp-2").status().runs()).isEqualTo(new RunCounts(0, 1, 0, 1, 0, 0));
    }

    @Test
    void an_experiment_that_ended_goes_on_when_one_of_its_runs_does() {
        // Given
        bench.submit(ExperimentSettings.ALL_RUNS, runs(2, 1, 4));
        bench.report("p0s0", Phase.FINISHED, 4);
        bench.report("p1s0", Phase.FAILED, 2);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.FINISHED);

        // When, then
        bench.report("p1s0", Phase.QUEUED, 2);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.RUNNING);
        bench.report("p1s0", Phase.FINISHED, 4);
        assertThat(bench.status().reason()).isEqualTo("completed: 2 finished, 0 failed, 0 stopped of 2 runs");
    }

    @Test
    void an_experiment_without_a_finished_run_ends_as_failed_or_stopped() {
        // Given
        bench.submit(ExperimentSettings.ALL_RUNS, runs(2, 1, 4));

        // When, then
        bench.report("p0s0", Phase.STOPPED, 1);
        bench.report("p1s0", Phase.STOPPED, 1);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.STOPPED);
        bench.report("p1s0", Phase.QUEUED, 1);
        bench.report("p1s0", Phase.FAILED, 1);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.FAILED);
    }

    @Test
    void the_best_point_has_the_highest_mean_over_its_finished_runs_and_meets_the_constraints() {
        // Given
        var settings = new ExperimentSettings(null, new Constraints(0.5, 0.7), null, null);
        bench.submit(settings, runs(3, 2, 4));
        bench.report("p0s0", Phase.FINISHED, score(4, 0.8, 0.6, 0.2));
        bench.report("p0s1", Phase.FINISHED, score(4, 0.8, 0.5, 0.4));
        bench.report("p1s0", Phase.FINISHED, score(4, 0.8, 0.4, 0.9)); // average robust accuracy too low
        bench.report("p1s1", Phase.FINISHED, score(4, 0.8, 0.5, 0.9));
        bench.report("p2s0", Phase.FINISHED, score(4, 0.8, 0.6, 0.25));
        var soFar = bench.status().best();
        assertThat(soFar == null ? -1 : soFar.point())
                .as("before the end, constraints do not count")
                .isEqualTo(1);

        // When
        var events = bench.report("p2s1", Phase.FAILED, score(4, 0.8, 0.6, 0.99));

        // Then
        var end = (Ended) events.get(events.size() - 1);
        assertThat(end.best()).isNotNull();
        assertThat(end.best().variant()).isEqualTo(Map.of("point", "0"));
        assertThat(end.best().worstRobust()).isEqualTo((0.2 + 0.4) / 2);
        assertThat(end.best().averageRobust()).isEqualTo((0.6 + 0.5) / 2);
        assertThat(end.best().runs()).isEqualTo(2);
    }

    @Test
    void of_points_with_equal_worst_classes_the_best_has_the_higher_averages() {
        // Given
        bench.submit(ExperimentSettings.ALL_RUNS, runs(3, 1, 4));
        bench.report("p0s0", Phase.FINISHED, score(4, 0.8, 0.10, 0));
        bench.report("p1s0", Phase.FINISHED, score(4, 0.7, 0.11, 0));

        // When
        var events = bench.report("p2s0", Phase.FINISHED, score(4, 0.8, 0.11, 0));

        // Then
        assertThat(((Ended) events.get(events.size() - 1)).best().variant()).isEqualTo(Map.of("point", "2"));
    }

    @Test
    void where_no_point_meets_the_constraints_the_end_names_the_nearest_one() {
        // Given
        bench.submit(new ExperimentSettings(null, new Constraints(0.62, 0.9), null, null), runs(2, 1, 4));
        bench.report("p0s0", Phase.FINISHED, score(4, 0.80, 0.60, 0.5));

        // When
        bench.report("p1s0", Phase.FINISHED, score(4, 0.85, 0.60, 0.1));

        // Then
        assertThat(bench.status().best()).isNull();
        assertThat(bench.status().reason())
                .isEqualTo("completed: 2 finished, 0 failed, 0 stopped of 2 runs; no point meets the constraints; "
                        + "the nearest one is point=1, with average robust accuracy 60.00 % where 62.00 % is asked for "
                        + "and average clean accuracy 85.00 % where 90.00 % is asked for");
    }

    @Test
    void no_value_of_the_store_grows_with_the_number_of_runs_and_a_decision_touches_few_entries() {
        // Given
        int runs = 10_000;
        var states = new Experiments();
        var store = new java.util.HashMap<String, ExperimentFact>();
        var plans = runs(runs, 1, 4);
        int most = 0;
        var inputs = new java.util.ArrayList<ExperimentInput>();
        inputs.add(new Submit(NAME, ID, 1, Map.of(), limits(4, null), runs, null));
        plans.forEach(plan -> inputs.add(new AddRun(NAME, ID, ExperimentBench.variantOfPoint(plan), plan)));
        for (int i = 0; i < runs; i++) {
            inputs.add(new ExperimentInput.RunReported(new dev.frl.core.run.RunReport(
                    String.format(Locale.ROOT, "p%ds0", i),
                    NAME,
                    ID,
                    Phase.FINISHED,
                    4,
                    score(4, 0.8, 0.6, 0.5),
                    null,
                    "",
                    java.time.Instant.EPOCH)));
        }

        // When
        for (var input : inputs) {
            var targets = states.of(input);
            var decision =
                    ExperimentDecider.decide(targets.isEmpty() ? null : targets.get(0), input, java.time.Instant.EPOCH);
            states.put(decision.state());
            most = Math.max(most, decision.changes().size());
            decision.changes().forEach((slot, fact) -> store.put(slot, fact));
        }

        // Then
        assertThat(states.newest(NAME).phase()).isEqualTo(ExperimentPhase.FINISHED);
        assertThat(most).as("entries that one message changes").isLessThan(10);
        assertThat(store.values().stream()
                        .filter(fact -> fact != null)
                        .mapToInt(fact -> fact.event().toString().length())
                        .max()
                        .orElseThrow())
                .isLessThan(3000);
    }

    @Test
    void runs_that_failed_before_they_began_are_tried_again_when_the_spec_is_submitted_again() {
        // Given
        bench.submit(ExperimentSettings.ALL_RUNS, runs(2, 1, 4));
        bench.report("p0s0", Phase.FAILED, -1);
        bench.report("p1s0", Phase.FAILED, 2);
        bench.taken();

        // When
        bench.submit(ExperimentSettings.ALL_RUNS, runs(2, 1, 4));

        // Then
        assertThat(bench.taken()).containsExactly(new RunInput.Order("p0s0", Verb.RETRY, "submitted again", null));
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.RUNNING);
    }

    @Test
    void an_order_names_the_run_and_the_reason_in_the_log() {
        // Given
        bench.submit(ExperimentSettings.ALL_RUNS, runs(1, 1, 4));

        // When
        bench.input(new ExperimentInput.Ordered(NAME, bench.command(Verb.PAUSE, "others wait")));

        // Then
        assertThat(bench.logs.get(ID))
                .filteredOn(RunOrdered.class::isInstance)
                .extracting(event -> ((RunOrdered) event).reason())
                .containsExactly("paused by a user: others wait");
        assertThat(bench.status().reason()).isEqualTo("paused by a user: others wait");
    }
}
