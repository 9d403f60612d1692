package dev.frl.core.theory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.PerClass;
import dev.frl.core.fairness.ClassTreatment;
import dev.frl.core.fairness.FairRobustLearning;
import dev.frl.core.fairness.Multipliers;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.FrlSettings;
import dev.frl.core.settings.FrlSettings.Rates;
import dev.frl.core.theory.GaussianMixture.Errors;
import dev.frl.core.theory.GaussianMixture.TrainedOn;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The whole controller in a model where training is a closed form: class weights and margins in, exact class errors out. A
 * sign or a factor that is wrong anywhere in the loop shows here as classes that do not meet.
 */
class FrlInTheMixtureTest {
    private static final double TOLERANCE = 0.03;
    /** With two classes the default of 0.5 caps the ratio of their weights at 3, each term taken for itself. */
    private static final double CAP = 0.9;

    @ParameterizedTest(name = "{5}: d {0}, eta {1}, sigma {2}, K {3}, eps {4}")
    @CsvSource({
        "2, 1, 1, 2, 0.5, FRL_REWEIGHT",
        "10, .5, 1, 2, .2, FRL_REWEIGHT",
        "10, .5, 1, 1.5, .2, FRL_REWEIGHT",
        "2, 1, 1, 2, 0.5, FRL_REWEIGHT_REMARGIN",
        "10, .5, 1, 2, .2, FRL_REWEIGHT_REMARGIN",
        "10, .5, 1, 1.5, .2, FRL_REWEIGHT_REMARGIN"
    })
    void the_loop_drives_both_classes_robust_errors_to_within_the_tolerance_of_their_mean(
            int d, double eta, double sigma, double k, double eps, Policy policy) {
        // Given
        var mixture = new GaussianMixture(d, eta, sigma, k);
        var start = mixture.errors(TrainedOn.robust(eps), eps);

        // When
        var end = run(mixture, eps, policy);

        // Then
        assertThat(start.hard() - start.easy()).as("gap before").isGreaterThan(2 * TOLERANCE);
        assertThat(end)
                .as("last 50 of 400 epochs")
                .allSatisfy(e -> assertThat(Math.abs(e.hard() - e.easy())).isLessThanOrEqualTo(2 * TOLERANCE));
        assertThat(end.get(end.size() - 1).hard()).as("worst class").isLessThan(start.hard() - TOLERANCE);
    }

    @ParameterizedTest(name = "margin gain {0}")
    @CsvSource({"2", "5"})
    void a_margin_that_overshoots_is_backed_off_from(double gain) {
        // Given
        var mixture = new GaussianMixture(10, 0.5, 1, 1.2);
        var policy = new FairRobustLearning(new FrlSettings(
                Policy.FRL_REMARGIN, TOLERANCE, TOLERANCE, new Rates(0.05, 0.1, gain, 1000), 0.5, 0.98, 3));
        var multipliers = new Multipliers(PerClass.of(0, 0), PerClass.of(0, 0), PerClass.of(0, 0.4));
        var before = policy.treatment(multipliers).margins();

        // When
        var overshot = errors(mixture, 0.2, policy.treatment(multipliers));
        var after = policy.next(multipliers, overshot, 0).treatment().margins();

        // Then
        assertThat(overshot.boundary().get(1))
                .as("the hard class is now the better one")
                .isLessThan(overshot.boundary().get(0));
        assertThat(after.get(1)).isLessThan(before.get(1));
    }

    private static List<Errors> run(GaussianMixture mixture, double eps, Policy policy) {
        var settings = new FrlSettings(policy, TOLERANCE, TOLERANCE, new Rates(0.05, 0.1, 0.2, 1000), CAP, 0.98, 3);
        var frl = new FairRobustLearning(settings);
        var multipliers = Multipliers.zero(2);
        var treatment = ClassTreatment.even(2);
        var last = new ArrayList<Errors>();
        for (int epoch = 0; epoch < 400; epoch++) {
            var errors = errors(mixture, eps, treatment);
            if (epoch >= 350) {
                last.add(new Errors(errors.robust().get(0), errors.robust().get(1)));
            }
            var update = frl.next(multipliers, errors, epoch);
            multipliers = update.state().as(Multipliers.class);
            treatment = update.treatment();
        }
        return last;
    }

    /** Trains in closed form. One loss term, so the two weights of a class count as their mean, as in PGD training. */
    private static ClassErrors errors(GaussianMixture mixture, double eps, ClassTreatment t) {
        double easy = t.standardWeights().get(0) + t.boundaryWeights().get(0);
        double hard = t.standardWeights().get(1) + t.boundaryWeights().get(1);
        var training = new TrainedOn(
                hard / easy, eps * t.margins().get(0), eps * t.margins().get(1));
        var standard = mixture.errors(training, 0);
        var robust = mixture.errors(training, eps);
        var nat = PerClass.of(standard.easy(), standard.hard());
        var rob = PerClass.of(robust.easy(), robust.hard());
        var bndy = PerClass.generate(2, i -> rob.get(i) - nat.get(i));
        return new ClassErrors(nat, rob, bndy, nat.sum() / 2, rob.sum() / 2, bndy.sum() / 2);
    }
}
