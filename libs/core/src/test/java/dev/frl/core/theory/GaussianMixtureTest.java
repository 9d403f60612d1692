package dev.frl.core.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.frl.core.theory.GaussianMixture.TrainedOn;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected values: closed forms checked against a numeric minimiser and a Monte-Carlo run in full dimension. */
class GaussianMixtureTest {
    @ParameterizedTest(name = "d {0}, eta {1}, sigma {2}, K {3}, eps {4}")
    @CsvSource({
        "2, 1, 1, 2, 0.5, .0835119076, .2347482830, .0293672528, .3194898370, .1183909767, .4539956905",
        "10, .5, 1, 2, .2, .0729093798, .1965777813, .0316566596, .2569921199, .1103763195, .3682775851"
    })
    void robust_training_helps_the_easy_class_and_hurts_the_hard_one(
            int d,
            double eta,
            double sigma,
            double k,
            double eps,
            double naturalEasy,
            double naturalHard,
            double standardEasy,
            double standardHard,
            double robustEasy,
            double robustHard) {
        // Given
        var mixture = new GaussianMixture(d, eta, sigma, k);

        // When
        var natural = mixture.errors(TrainedOn.NATURAL, 0);
        var standard = mixture.errors(TrainedOn.robust(eps), 0);
        var robust = mixture.errors(TrainedOn.robust(eps), eps);

        // Then
        assertThat(natural.easy()).isCloseTo(naturalEasy, within(1e-9));
        assertThat(natural.hard()).isCloseTo(naturalHard, within(1e-9));
        assertThat(standard.easy()).isCloseTo(standardEasy, within(1e-9));
        assertThat(standard.hard()).isCloseTo(standardHard, within(1e-9));
        assertThat(robust.easy()).isCloseTo(robustEasy, within(1e-9));
        assertThat(robust.hard()).isCloseTo(robustHard, within(1e-9));
        assertThat(standard.hard()).isGreaterThan(natural.hard());
        assertThat(standard.easy()).isLessThan(natural.easy());
    }

    @ParameterizedTest(name = "d {0}, eta {1}, eps {4}")
    @CsvSource({"2, 1, 1, 2, 0.5, .31867594", "10, .5, 1, 2, .2, .26354463"})
    void weights_in_the_ratio_of_the_deviations_equalise_the_robust_errors(
            int d, double eta, double sigma, double k, double eps, double both) {
        // Given
        var mixture = new GaussianMixture(d, eta, sigma, k);

        // When
        var robust = mixture.errors(new TrainedOn(k, eps, eps), eps);

        // Then
        assertThat(robust.easy()).isCloseTo(both, within(1e-8));
        assertThat(robust.hard()).isCloseTo(both, within(1e-8));
    }

    @Test
    void a_larger_margin_of_the_hard_class_helps_it() {
        // Given
        var mixture = new GaussianMixture(2, 1, 1, 2);

        // When
        var robust = mixture.errors(new TrainedOn(1, 0.25, 0.75), 0.5);

        // Then
        assertThat(robust.easy()).isCloseTo(.2034064616, within(1e-9));
        assertThat(robust.hard()).isCloseTo(.3850098350, within(1e-9));
    }

    @ParameterizedTest(name = "W {0}, margins {1} and {2}, attack {3}")
    @CsvSource({"1, 0, 0, 0", "1, .2, .2, .2", "1, .2, .2, 0", "2, .1, .3, .2"})
    void the_best_classifier_written_out_has_its_errors(double ratio, double easy, double hard, double attack) {
        // Given
        var mixture = new GaussianMixture(10, 0.5, 1.3, 2);
        var training = new TrainedOn(ratio, easy, hard);
        var ones = new double[10];
        java.util.Arrays.fill(ones, 3);

        // When
        var errors = mixture.errors(ones, 3 * mixture.bias(training), attack);

        // Then
        assertThat(errors.easy()).isCloseTo(mixture.errors(training, attack).easy(), within(1e-12));
        assertThat(errors.hard()).isCloseTo(mixture.errors(training, attack).hard(), within(1e-12));
    }

    /** w = (3, −4), b = 0.1: E.g. P(N(0.1 + 1·(3 − 4) − 0.1·7, 2²·5²) < 0) = Φ(0.16), of the hard class. */
    @Test
    void weights_of_both_signs_count_with_their_lengths() {
        // Given
        var mixture = new GaussianMixture(2, 1, 1, 2);

        // When
        var errors = mixture.errors(new double[] {3, -4}, 0.1, 0.1);

        // Then
        assertThat(errors.hard()).isCloseTo(GaussianMixture.normal(1.6 / 10), within(1e-12));
        assertThat(errors.easy()).isCloseTo(GaussianMixture.normal(1.8 / 5), within(1e-12));
    }

    /** Values of Φ from the C library's complementary error function. */
    @ParameterizedTest
    @CsvSource({
        "0, 0.5",
        "1, 0.8413447460685429486",
        "-1.96, 0.0249978951482204",
        "2.9999, 0.998649658717045",
        "3.0001, 0.9986505450867393",
        "-6, 9.86587645037698e-10"
    })
    void the_normal_distribution_function_is_exact(double x, double expected) {
        // When
        double phi = GaussianMixture.normal(x);

        // Then
        assertThat(phi).isCloseTo(expected, within(1e-13));
    }
}
