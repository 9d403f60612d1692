package dev.frl.core.experiment;

import static dev.frl.core.experiment.ExperimentBench.ID;
import static dev.frl.core.experiment.ExperimentBench.NAME;
import static dev.frl.core.experiment.ExperimentBench.runs;
import static dev.frl.core.experiment.ExperimentBench.score;
import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.command.Verb;
import dev.frl.core.experiment.ExperimentEvent.PointJudged;
import dev.frl.core.experiment.ExperimentSettings.AshaSettings;
import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.experiment.ExperimentStatus.RunCounts;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunInput;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AshaTest {
    private final ExperimentBench bench = new ExperimentBench();

    private static ExperimentSettings asha(int minEpochs, int reduction, boolean lowerEnd) {
        return new ExperimentSettings(new AshaSettings(minEpochs, reduction, lowerEnd), Constraints.NONE, null, null);
    }

    private List<String> judgements() {
        return bench.logs.get(ID).stream()
                .filter(PointJudged.class::isInstance)
                .map(PointJudged.class::cast)
                .map(e -> String.format(
                        Locale.ROOT,
                        "point %d rung %d: %d of %d %s",
                        e.point(),
                        e.rung(),
                        e.rank(),
                        e.of(),
                        e.advanced() ? "advanced" : "pruned"))
                .toList();
    }

    @Test
    void rungs_are_powers_below_the_last_epoch() {
        // Given
        var asha = new Asha(new AshaSettings(2, 3, false));

        // When, then
        assertThat(asha.rungs(2)).isZero();
        assertThat(asha.rungs(3)).isEqualTo(1);
        assertThat(asha.rungs(18)).isEqualTo(2);
        assertThat(asha.rungs(19)).isEqualTo(3);
        assertThat(asha.rungEpoch(2)).isEqualTo(18);
        assertThat(asha.allowance(0, 19)).isEqualTo(2);
        assertThat(asha.allowance(2, 19)).isEqualTo(18);
        assertThat(asha.allowance(3, 19)).isEqualTo(19);
        assertThat(asha.allowance(0, 1)).isEqualTo(1);
        assertThat(new Asha(new AshaSettings(Integer.MAX_VALUE - 1, Integer.MAX_VALUE, false)).rungs(Integer.MAX_VALUE))
                .isEqualTo(1);
    }

    @Test
    void a_run_is_handed_out_up_to_the_first_rung_and_goes_on_to_the_next() {
        // Given
        bench.submit(asha(1, 3, false), runs(1, 1, 9));
        assertThat(bench.taken()).allMatch(signal -> signal instanceof RunInput.Plan plan && plan.allowance() == 1);

        // When
        bench.report("p0s0", Phase.PAUSED, 1, 0.3);

        // Then
        assertThat(bench.taken()).containsExactly(new RunInput.Allow("p0s0", 3));
    }

    @Test
    void points_are_judged_when_all_have_reached_the_rung() {
        // Given
        bench.submit(asha(1, 2, false), runs(3, 1, 2));

        // When
        bench.report("p2s0", Phase.PAUSED, 1, 0.1);
        bench.report("p1s0", Phase.PAUSED, 1, 0.3);

        // Then
        assertThat(judgements()).isEmpty();
        assertThat(bench.status().runs().resting()).isEqualTo(2);

        // When
        bench.report("p0s0", Phase.PAUSED, 1, 0.2);

        // Then
        assertThat(judgements())
                .containsExactly(
                        "point 0 rung 0: 2 of 3 pruned",
                        "point 1 rung 0: 1 of 3 advanced",
                        "point 2 rung 0: 3 of 3 pruned");
    }

    @Test
    void a_pruned_point_is_stopped_with_the_reason() {
        // Given
        bench.submit(asha(1, 2, false), runs(2, 1, 2));
        bench.report("p0s0", Phase.PAUSED, 1, 0.5);
        bench.taken();

        // When
        bench.report("p1s0", Phase.PAUSED, 1, 0.25);

        // Then
        assertThat(bench.taken())
                .containsExactlyInAnyOrder(
                        new RunInput.Allow("p0s0", 2),
                        new RunInput.Order(
                                "p1s0",
                                Verb.STOP,
                                "pruned at epoch 1: robust accuracy of the worst class is 25.00 %, on average 60.00 %, rank 2 of 2",
                                null));
        bench.report("p1s0", Phase.STOPPED, 1, 0.25);
        bench.report("p0s0", Phase.FINISHED, 2, 0.5);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.FINISHED);
        assertThat(bench.status().pruned()).isEqualTo(1);
        assertThat(bench.status().runs()).isEqualTo(new RunCounts(0, 0, 0, 1, 0, 1));
    }

    @Test
    void of_equal_scores_the_higher_average_wins() {
        // Given
        bench.submit(asha(1, 2, false), runs(3, 1, 2));

        // When
        bench.report("p0s0", Phase.PAUSED, score(1, 0.8, 0.3, 0));
        bench.report("p1s0", Phase.PAUSED, score(1, 0.8, 0.2, 0));
        bench.report("p2s0", Phase.PAUSED, score(1, 0.8, 0.6, 0));

        // Then
        assertThat(judgements())
                .containsExactly(
                        "point 0 rung 0: 2 of 3 pruned",
                        "point 1 rung 0: 3 of 3 pruned",
                        "point 2 rung 0: 1 of 3 advanced");
    }

    @Test
    void of_equal_scores_the_earlier_point_wins() {
        // Given
        bench.submit(asha(1, 2, false), runs(2, 1, 2));

        // When
        bench.report("p0s0", Phase.PAUSED, 1, 0.5);
        bench.report("p1s0", Phase.PAUSED, 1, 0.5);

        // Then
        assertThat(judgements()).containsExactly("point 0 rung 0: 1 of 2 advanced", "point 1 rung 0: 2 of 2 pruned");
    }

    @Test
    void the_score_of_a_point_is_the_mean_of_its_runs_that_have_not_failed() {
        // Given
        bench.submit(asha(1, 2, false), runs(2, 2, 2));
        bench.report("p0s0", Phase.PAUSED, 1, 0.5);
        bench.report("p0s1", Phase.PAUSED, 1, 0.3);

        // When
        bench.report("p1s0", Phase.PAUSED, 1, 0.41);
        assertThat(judgements()).isEmpty();
        bench.report("p1s1", Phase.FAILED, 0, 0.0);

        // Then
        assertThat(judgements()).element(1).isEqualTo("point 1 rung 0: 1 of 2 advanced");
    }

    @Test
    void a_point_that_failed_counts_behind_all_others() {
        // Given
        bench.submit(asha(1, 2, false), runs(3, 1, 2));

        // When
        bench.report("p0s0", Phase.FAILED, 0, 0.9);
        bench.report("p1s0", Phase.PAUSED, 1, 0.9);
        bench.report("p2s0", Phase.PAUSED, 1, 0.1);

        // Then
        assertThat(judgements()).containsExactly("point 1 rung 0: 1 of 3 advanced", "point 2 rung 0: 2 of 3 pruned");
    }

    @Test
    void the_lower_end_of_the_interval_is_judged_if_asked_for() {
        // Given
        bench.submit(asha(1, 2, true), runs(2, 1, 2));

        // When
        bench.report("p0s0", Phase.PAUSED, score(1, 0.8, 0.6, 0.45)); // lower end 0.35
        bench.report("p1s0", Phase.PAUSED, score(1, 0.8, 0.6, 0.40)); // lower end 0.30

        // Then
        assertThat(bench.logs.get(ID))
                .filteredOn(PointJudged.class::isInstance)
                .extracting(e -> ((PointJudged) e).score())
                .containsExactly(0.35, 0.3);
    }

    @Test
    void a_point_that_waits_for_the_others_leaves_its_place_to_them() {
        // Given
        bench.submit(new ExperimentSettings(new AshaSettings(1, 2, false), Constraints.NONE, 1, null), runs(3, 1, 2));
        bench.taken();

        // When
        bench.report("p0s0", Phase.PAUSED, 1, 0.5);

        // Then
        assertThat(bench.taken())
                .singleElement()
                .isInstanceOfSatisfying(
                        RunInput.Plan.class, next -> assertThat(next.runId()).isEqualTo("p1s0"));
    }

    @Test
    void the_points_of_an_extension_are_judged_among_all_points() {
        // Given
        bench.submit(asha(1, 2, false), runs(2, 1, 2));
        bench.report("p0s0", Phase.PAUSED, 1, 0.5);
        bench.report("p1s0", Phase.PAUSED, 1, 0.4);
        bench.submit("exp-2", ExperimentSettings.ALL_RUNS, runs(4, 1, 2), bench.command(Verb.EXTEND, null));

        // When
        bench.report("p2s0", Phase.PAUSED, 1, 0.45);
        bench.report("p3s0", Phase.PAUSED, 1, 0.3);

        // Then
        assertThat(judgements())
                .containsExactly(
                        "point 0 rung 0: 1 of 2 advanced",
                        "point 1 rung 0: 2 of 2 pruned",
                        "point 2 rung 0: 2 of 4 advanced",
                        "point 3 rung 0: 4 of 4 pruned");
    }

    @Test
    void a_pause_holds_back_what_the_search_permits() {
        // Given
        bench.submit(asha(1, 2, false), runs(1, 1, 2));
        bench.order(Verb.PAUSE);
        bench.taken();

        // When
        bench.report("p0s0", Phase.PAUSED, 1, 0.5);

        // Then
        assertThat(judgements()).hasSize(1);
        assertThat(bench.taken()).isEmpty();
        bench.order(Verb.RESUME);
        assertThat(bench.taken())
                .containsExactly(
                        new RunInput.Order("p0s0", Verb.RESUME, "resumed by a user", null),
                        new RunInput.Allow("p0s0", 2));
    }

    @Test
    void retries_leave_pruned_points_alone_and_a_retry_of_the_run_takes_one_up() {
        // Given
        bench.submit(asha(1, 2, false), runs(2, 1, 2));
        bench.report("p0s0", Phase.PAUSED, 1, 0.5);
        bench.report("p1s0", Phase.PAUSED, 1, 0.4);
        bench.report("p1s0", Phase.STOPPED, 1, 0.4);
        bench.report("p0s0", Phase.FINISHED, 2, 0.5);
        bench.taken();

        // When
        bench.retryStopped();

        // Then
        assertThat(bench.answer().done()).isFalse();
        assertThat(bench.answer().text())
                .isEqualTo(
                        "experiment exp-1: no run was stopped; 1 pruned point left out, and a retry of its run takes one up");

        // When
        bench.report("p1s0", Phase.QUEUED, 1, 0.4);
        bench.report("p1s0", Phase.PAUSED, 1, 0.4);

        // Then
        assertThat(bench.taken()).containsExactly(new RunInput.Allow("p1s0", 2));
        assertThat(judgements()).hasSize(2);
        bench.report("p1s0", Phase.FINISHED, 2, 0.6);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.FINISHED);
        assertThat(bench.status().best().point()).isEqualTo(1);
    }

    @Test
    void an_extension_adds_a_seed_to_points_that_are_not_pruned() {
        // Given
        bench.submit(asha(1, 2, false), runs(2, 1, 2));
        bench.report("p0s0", Phase.PAUSED, 1, 0.5);
        bench.report("p1s0", Phase.PAUSED, 1, 0.4);
        bench.report("p1s0", Phase.STOPPED, 1, 0.4);
        bench.report("p0s0", Phase.FINISHED, 2, 0.5);
        bench.taken();

        // When
        bench.submit("exp-2", ExperimentSettings.ALL_RUNS, runs(2, 2, 2), bench.command(Verb.EXTEND, null));

        // Then
        assertThat(bench.answer().text())
                .isEqualTo("experiment exp-1: 1 run added; 1 run of pruned points left out; "
                        + "its search and its constraints stay as they were");
        bench.report("p0s1", Phase.PAUSED, 1, 0.5);
        assertThat(bench.taken()).element(1).isEqualTo(new RunInput.Allow("p0s1", 2));
        bench.report("p0s1", Phase.FINISHED, 2, 0.5);
        assertThat(bench.status().phase()).isEqualTo(ExperimentPhase.FINISHED);
    }

    @Test
    void a_point_that_was_taken_up_after_a_failure_is_judged_late_among_those_before_it() {
        // Given
        bench.submit(asha(1, 2, false), runs(3, 1, 2));
        bench.report("p0s0", Phase.PAUSED, 1, 0.5);
        bench.report("p1s0", Phase.FAILED, 0, 0.4);
        bench.report("p2s0", Phase.PAUSED, 1, 0.4);
        bench.order(Verb.RETRY);

        // When
        bench.report("p1s0", Phase.PAUSED, 1, 0.6);

        // Then
        assertThat(judgements())
                .containsExactly(
                        "point 0 rung 0: 1 of 3 advanced",
                        "point 2 rung 0: 2 of 3 pruned",
                        "point 1 rung 0: 1 of 3 advanced");
    }

    @Test
    void the_status_says_which_search_it_is() {
        // When
        bench.submit(asha(1, 2, true), runs(1, 1, 2));

        // Then
        assertThat(bench.status().search())
                .isEqualTo("asha, minEpochs 1, reduction 2, on the lower end of the interval");
        assertThat(bench.experiments.newest(NAME)).isNotNull();
        assertThat(bench.status().labels()).isEqualTo(Map.of("team", "a"));
    }
}
