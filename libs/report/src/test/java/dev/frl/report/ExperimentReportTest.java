package dev.frl.report;

import static dev.frl.report.Runs.errors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.run.RunHistory;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.report.SyntheticRun.Choice;
import dev.frl.report.statistics.Comparison;
import dev.frl.report.text.Headline;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xml.sax.InputSource;

final class ExperimentReportTest {
    @Test
    void the_headline_says_how_the_policy_changed_the_worst_class_and_the_averages() {
        // When
        String html = ExperimentReport.html(Runs.whole());

        // Then
        assertThat(html)
                .contains(
                        "frl-reweight lowered the worst class&#39;s robust error by 24.0 points, from 82.0 % to 58.0 %"
                                + " (means of 2 seeds), compared with equally long training with policy none."
                                + " Per seed the gain is 20.0 and 28.0 points.")
                .contains(
                        "The worst class&#39;s standard error fell by 12.0 points. The average robust error fell by 9.5"
                                + " points, and the average standard error fell by 4.5 points.")
                .doesNotContain("class=\"notes\"");
    }

    @Test
    void a_policy_that_did_harm_is_reported_so() {
        // Given
        var runs = List.of(
                Runs.tested(Policy.NONE, 1, errors(.1, .4), errors(.2, .8)),
                Runs.tested(Policy.FRL_REMARGIN, 1, errors(.1, .5), errors(.2, .9)));

        // When
        var headline = Headline.of(Comparison.of(runs));

        // Then
        assertThat(headline.sentence())
                .startsWith("frl-remargin raised the worst class's robust error by 10.0 points, from 80.0 % to 90.0 %")
                .contains("The worst class's standard error rose by 10.0 points.")
                .doesNotContain("Per seed")
                .endsWith("This is one seed: a few points may be chance.");
    }

    @Test
    void without_a_control_the_report_says_that_the_effect_is_unknown() {
        // Given
        var runs = List.of(Runs.warmStart(1), Runs.tested(Policy.FRL_REWEIGHT, 1, errors(.1, .3), errors(.2, .6)));

        // When
        String html = ExperimentReport.html(runs);

        // Then
        assertThat(html)
                .contains("is unknown. There is no equally long run with policy none")
                .contains("Robust error of the worst class with frl-reweight: 60.0 %; before: 90.0 %.");
    }

    @Test
    void failed_and_unfinished_runs_are_named_with_their_reason() {
        // Given
        var runs = List.of(
                Runs.begun(Policy.NONE, 1).failed("the disk is full").history(),
                Runs.begun(Policy.NONE, 2)
                        .failed("no trainer took the run within PT10M")
                        .history(),
                new SyntheticRun(Choice.of("q", Policy.FRL_REWEIGHT, 1), Runs.NAMES).history());

        // When
        String html = ExperimentReport.html(runs);

        // Then
        assertThat(html)
                .contains("none, seed 1 failed: the disk is full.")
                .contains("none, seed 2 failed: no trainer took the run within 10 min.")
                .doesNotContain("PT10M")
                .contains("frl-reweight, seed 1 is not finished: nothing is trained yet.");
    }

    /** Without it, the best point of the sweep seems to contradict the headline, which is of the test. */
    @ParameterizedTest
    @CsvSource({"RAW, true", "AVERAGED, false"})
    void the_points_of_a_sweep_say_if_they_show_other_weights_than_the_test(String evaluated, boolean said) {
        // Given
        var runs = List.of(Policy.NONE, Policy.FRL_REWEIGHT).stream()
                .map(policy -> new SyntheticRun(
                                Choice.of(policy.label(), policy, 1),
                                Runs.NAMES,
                                Map.of("training.averaging.evaluated", evaluated))
                        .epoch(0, errors(.1, .4), errors(.2, .8))
                        .epoch(1, errors(.1, .4), errors(.2, .8))
                        .history())
                .toList();

        // When
        String html = ExperimentReport.html(runs);

        // Then
        assertThat(html).contains("<h2>Sweep</h2>");
        assertThat(html.contains("Validation evaluates the weights of the last epoch, and the test their average"))
                .isEqualTo(said);
    }

    /** Without it, the lines over the epochs seem to contradict the test errors. */
    @ParameterizedTest
    @CsvSource({"RAW, true", "AVERAGED, false"})
    void the_report_says_if_the_lines_over_the_epochs_show_other_weights_than_the_test(String evaluated, boolean said) {
        // Given
        var run = new SyntheticRun(
                        Choice.of("averaged", Policy.NONE, 1),
                        Runs.NAMES,
                        Map.of("training.averaging.evaluated", evaluated))
                .epoch(0, errors(.1, .4), errors(.2, .8))
                .epoch(1, errors(.1, .4), errors(.2, .8));

        // When
        String html = ExperimentReport.html(List.of(run.history()));

        // Then
        assertThat(html.contains("Each epoch evaluates its own weights; the final test evaluates the averaged weights"))
                .isEqualTo(said);
    }

    @Test
    void a_report_without_runs_is_a_page_too() {
        assertThat(ExperimentReport.html(List.of())).contains("No runs").contains("No epoch is evaluated yet.");
    }

    @Test
    void names_and_labels_cannot_become_markup() {
        // Given
        String evil = "<script>alert('x')</script>\"&\u202e";
        var run = new SyntheticRun(Choice.of("r", Policy.NONE, 1), List.of(evil, "b"), Map.of("training." + evil, evil))
                .epoch(0, errors(.1, .2), errors(.3, .4))
                .tested(2, errors(.1, .2), errors(.3, .4))
                .failed(evil)
                .history();

        // When
        String html = ExperimentReport.html(List.of(run));

        // Then
        assertThat(html)
                .doesNotContain("<script")
                .doesNotContain("\u202e")
                .contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 10, 100})
    void the_page_needs_no_network_and_its_pictures_are_well_formed(int classes) throws Exception {
        // Given
        var runs = SyntheticExperiment.histories(new SyntheticExperiment(classes, 3).runs(List.of(Policy.values()), 2));

        // When
        String html = ExperimentReport.html(runs);

        // Then
        assertThat(html)
                .doesNotContain("http:")
                .doesNotContain("https:")
                .doesNotContain("NaN")
                .doesNotContain("Infinity");
        var pictures = Pattern.compile("<svg .*?</svg>", Pattern.DOTALL).matcher(html);
        int count = 0;
        for (; pictures.find(); count++) {
            DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(pictures.group())));
        }
        // Points of the sweep; class errors; two charts over the epochs; weights and margins: two, two, one and three.
        assertThat(count).isEqualTo(12);
    }

    @Test
    void the_same_runs_in_another_order_give_the_same_bytes() {
        // Given
        List<RunHistory> runs =
                SyntheticExperiment.histories(new SyntheticExperiment(3, 3).runs(List.of(Policy.values()), 3));
        var shuffled = new ArrayList<>(runs);
        Collections.shuffle(shuffled, new Random(1));

        // When / Then
        assertThat(ExperimentReport.html(shuffled)).isEqualTo(ExperimentReport.html(runs));
    }

    @Test
    void many_seeds_are_reported_as_a_range() {
        // Given
        var runs = new ArrayList<RunHistory>();
        for (int seed = 1; seed <= 6; seed++) {
            runs.add(Runs.tested(Policy.NONE, seed, errors(.1, .4), errors(.2, .8)));
            runs.add(Runs.tested(Policy.FRL_REWEIGHT, seed, errors(.1, .3), errors(.2, .8 - seed * .05)));
        }

        // When
        var headline = Headline.of(Comparison.of(runs));

        // Then
        assertThat(headline.sentence()).contains("Per seed the gain is between 5.0 and 30.0 points.");
    }

    @Test
    void several_policies_are_counted_and_an_average_that_stays_is_said_to() {
        // Given
        var runs = List.of(
                Runs.tested(Policy.NONE, 1, errors(.1, .4), errors(.2, .8)),
                Runs.tested(Policy.FRL_REWEIGHT, 1, errors(.2, .3), errors(.2, .7)),
                Runs.tested(Policy.FRL_REMARGIN, 1, errors(.1, .4), errors(.2, .8)));

        // When
        var headline = Headline.of(Comparison.of(runs));

        // Then
        assertThat(headline.sentence())
                .startsWith(
                        "frl-reweight lowered the worst class's robust error the most of 2 arms with a policy: by 10.0"
                                + " points, from 80.0 % to 70.0 %, compared with equally long training with policy none.")
                .contains(
                        "The average robust error fell by 5.0 points, and the average standard error did not change.");
    }

    @Test
    void a_policy_that_changes_nothing_is_not_said_to_have_lowered_anything() {
        // Given
        var runs = List.of(
                Runs.tested(Policy.NONE, 1, errors(.1, .4), errors(.2, 1)),
                Runs.tested(Policy.FRL_REWEIGHT, 1, errors(.2, .3), errors(.2, 1)),
                Runs.tested(Policy.FRL_REMARGIN, 1, errors(.1, .4), errors(.2, 1)));

        // When
        var headline = Headline.of(Comparison.of(runs));

        // Then
        assertThat(headline.sentence())
                .startsWith(
                        "frl-reweight did not change the worst class's robust error of 100.0 %, and no other of 2 arms with a policy"
                                + " lowered it, compared with equally long training with policy none.");
    }

    private static SyntheticRun evaluated(Policy policy, long seed, double hard) {
        return Runs.begun(policy, seed).epoch(2, errors(.1, .2), errors(.2, hard));
    }

    private static List<SyntheticRun> sweep() {
        return List.of(
                evaluated(Policy.NONE, 1, .80)
                        .tested(2, errors(.1, .2), errors(.2, .8))
                        .finished(),
                evaluated(Policy.NONE, 2, .70)
                        .tested(2, errors(.1, .2), errors(.2, .7))
                        .finished(),
                evaluated(Policy.FRL_REWEIGHT, 1, .50)
                        .tested(2, errors(.1, .2), errors(.2, .5))
                        .finished(),
                evaluated(Policy.FRL_REWEIGHT, 2, .52)
                        .tested(2, errors(.1, .2), errors(.2, .5))
                        .finished(),
                Runs.begun(Policy.FRL_REMARGIN, 1).stopped("pruned at epoch 1: rank 3 of 3"),
                Runs.begun(Policy.FRL_REMARGIN, 2).stopped("by a user: <enough>"));
    }

    @Test
    void a_sweep_has_a_table_of_its_points_with_intervals_and_the_best_one() {
        // When
        String html = ExperimentReport.html(SyntheticExperiment.histories(sweep()));

        // Then: 0.50 and 0.48; s = 0.014142, t = 12.7062, so 0.49 ± 0.127062
        assertThat(html)
                .contains("<h2>Sweep</h2>")
                .contains("Best point: frl-reweight, with 49.0 % (36.3 to 61.7) robust accuracy of the worst class")
                .contains("(means of 2 seeds)")
                .contains("<tr><th>frl-reweight</th><td class=\"text better\">best</td><td class=\"text\">finished</td>"
                        + "<td>2</td><td>49.0 <span class=\"caption\">(36.3 to 61.7)</span></td>")
                .contains(
                        "<tr><th>frl-remargin</th><td class=\"text better\"></td><td class=\"text\">stopped</td><td>1</td>");
    }

    @Test
    void a_stopped_run_is_shown_with_its_reason_and_not_as_finished() {
        // When
        String html = ExperimentReport.html(SyntheticExperiment.histories(sweep()));

        // Then
        assertThat(html)
                .contains("stopped: pruned at epoch 1: rank 3 of 3")
                .contains("stopped: by a user: &lt;enough&gt;")
                .contains("frl-remargin, seed 2 was stopped, epoch 1 of 2 is trained: by a user: &lt;enough&gt;.")
                .doesNotContain("frl-remargin, seed 2 is not finished");
    }

    @Test
    void constraints_and_pruned_points_come_from_the_experiment() {
        // Given
        var runs = sweep();
        var experiment = new SyntheticSweep(new Constraints(0.9, null), 3, 6)
                .handedOut(2, runs.get(4))
                .pruned(2, runs.get(4), 1, "pruned at epoch 1: rank 3 of 3")
                .history();

        // When
        String html = ExperimentReport.html(SyntheticExperiment.histories(runs), List.of(experiment));

        // Then
        assertThat(html)
                .contains("Search: all runs to the last epoch. Means over seeds")
                .contains("Constraints: average robust accuracy of at least 90.0 %.")
                .contains("No point meets the constraints. The nearest one is frl-reweight: average robust accuracy is"
                        + " 64.5 %, and 90.0 % is asked for.")
                .contains("<td class=\"text\">pruned</td>");
    }

    @Test
    void many_stopped_runs_are_one_note() {
        // Given
        var runs = new ArrayList<RunHistory>();
        for (int seed = 1; seed <= 6; seed++) {
            runs.add(Runs.begun(Policy.NONE, seed).stopped("pruned").history());
        }

        // When
        String html = ExperimentReport.html(runs);

        // Then
        assertThat(html)
                .contains("6 runs were stopped before their last epoch; the table of runs says why.")
                .doesNotContain("was stopped,");
    }

    @Test
    void a_stopped_arm_does_not_make_the_headline_where_another_one_is_tested() {
        // Given: at epoch 1 the stopped arm is better by more
        var runs = SyntheticExperiment.histories(List.of(
                evaluated(Policy.NONE, 1, .80)
                        .tested(2, errors(.1, .2), errors(.2, .8))
                        .finished(),
                evaluated(Policy.FRL_REWEIGHT, 1, .70)
                        .tested(2, errors(.1, .2), errors(.2, .7))
                        .finished(),
                new SyntheticRun(Choice.of("stopped", Policy.FRL_REMARGIN, 1), Runs.NAMES)
                        .epoch(1, errors(.1, .2), errors(.2, .3))
                        .stopped("pruned")));

        // When
        var headline = Headline.of(Comparison.of(runs));
        String html = ExperimentReport.html(runs);

        // Then
        assertThat(headline.sentence())
                .startsWith("frl-reweight lowered the worst class's robust error by 10.0 points");
        assertThat(html).contains("frl-remargin: compared on validation images, since all its runs were stopped.");
    }
}
