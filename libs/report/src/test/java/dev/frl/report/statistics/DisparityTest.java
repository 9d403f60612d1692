package dev.frl.report.statistics;

import static dev.frl.report.Runs.errors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.run.RunHistory;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.report.ExperimentReport;
import dev.frl.report.Runs;
import dev.frl.report.SyntheticRun;
import dev.frl.report.SyntheticRun.Choice;
import dev.frl.report.table.ClassTable;
import dev.frl.report.text.Headline;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DisparityTest {
    /** Four nets with numbers that can be computed by hand: two seeds of each kind of training. */
    private static final List<RunHistory> STUDY = List.of(
            tested("pgd-at", 1, errors(.10, .50), errors(.30, .90)),
            tested("natural", 1, errors(.05, .15), errors(1, 1)),
            tested("pgd-at", 2, errors(.14, .44), errors(.30, .90)),
            tested("natural", 2, errors(.07, .21), errors(1, 1)));

    private static RunHistory tested(String method, long seed, double[] standard, double[] robust) {
        return begun(method, seed, 2).tested(2, standard, robust).finished().history();
    }

    private static SyntheticRun begun(String method, long seed, int epochs) {
        var choice = Choice.of(method + "-" + seed, Policy.NONE, seed).epochs(epochs);
        return new SyntheticRun(choice, Runs.NAMES, Map.of("training.method", method)).trained(0);
    }

    @Test
    void the_sentence_says_how_far_the_classes_are_apart_after_both_kinds_of_training() {
        // When
        var disparities = Disparity.of(Comparison.of(STUDY));

        // Then: gaps (.40 + .30) / 2 and (.10 + .14) / 2, deviations half of them
        assertThat(disparities).hasSize(1);
        assertThat(disparities.get(0).sentence())
                .isEqualTo(
                        "Training by pgd-at spreads the classes' standard errors: best and worst class are 35.0 points"
                                + " apart, against 12.0 points after natural training; the standard deviation over classes is"
                                + " 17.5 against 6.0 points (means of 2 seeds). Standard error of the worst class: 47.0 % (hard)"
                                + " against 18.0 % (hard); average standard error: 29.5 % against 12.0 %; average robust error:"
                                + " 60.0 % against 100.0 %.");
    }

    @Test
    void training_that_does_not_spread_the_classes_is_reported_so() {
        // Given
        var runs = List.of(
                tested("natural", 1, errors(.10, .50), errors(1, 1)),
                tested("trades", 1, errors(.30, .40), errors(.5, .6)));

        // When
        var sentence = Headline.of(Comparison.of(runs)).sentence();

        // Then
        assertThat(sentence)
                .startsWith(
                        "Training by trades does not spread the classes' standard errors: best and worst class are 10.0 points")
                .contains("(one seed)");
    }

    @Test
    void natural_training_comes_first_and_every_adversarial_one_is_compared_with_it() {
        // Given: by name, bim-at would come first
        var runs = List.of(
                tested("trades", 1, errors(.2, .4), errors(.5, .6)),
                tested("pgd-at", 1, errors(.2, .5), errors(.5, .6)),
                tested("natural", 1, errors(.1, .2), errors(1, 1)));

        // When
        var comparison = Comparison.of(runs);

        // Then
        assertThat(comparison.arms()).extracting(Arm::label).containsExactly("natural", "pgd-at", "trades");
        assertThat(Disparity.of(comparison))
                .extracting(d -> d.adversarial().label())
                .containsExactly("pgd-at", "trades");
    }

    @Test
    void nets_that_differ_in_more_than_their_training_or_are_not_measured_are_not_compared() {
        // Given
        var natural = tested("natural", 1, errors(.1, .2), errors(1, 1));
        var longer =
                begun("pgd-at", 1, 3).tested(3, errors(.2, .5), errors(.5, .6)).finished();
        var unmeasured = begun("pgd-at", 1, 2);

        // Then
        assertThat(Disparity.of(Comparison.of(List.of(natural, longer.history()))))
                .isEmpty();
        assertThat(Disparity.of(Comparison.of(List.of(natural, unmeasured.history()))))
                .isEmpty();
        assertThat(Disparity.of(Comparison.of(Runs.whole()))).isEmpty();
    }

    @Test
    void terminal_and_page_show_the_finding() {
        // When
        String text = ClassTable.of(STUDY).text(100);
        String html = ExperimentReport.html(STUDY);

        // Then
        assertThat(text)
                .contains("Training by pgd-at spreads the classes' standard errors: best and worst class are")
                .doesNotContain("vs none")
                .doesNotContain("note:");
        assertThat(html)
                .contains("<p class=\"finding\">Training by pgd-at spreads")
                .contains("Standard error of every class after natural and after adversarial training")
                .contains("<th>worst − best, points</th>");
    }
}
