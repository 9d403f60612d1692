package dev.frl.core.errors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClassErrorsTest {
    /** Two classes: robust errors .3 and .5, boundary errors .2, standard errors .1 and the given one. */
    @ParameterizedTest
    @CsvSource({
        "NaN, .3, .5, .2, class 1: standard error NaN",
        ".4, .3, .5, .2, 'class 1: standard error 0.4 and boundary error 0.2 must not be negative, and must add up to"
                + " robust error 0.5'",
        "-.1, .3, .5, .2, class 1: standard error -0.1",
        ".3, .25, .5, .2, total: standard error 0.25",
        ".3, .3, .5, .1, total: standard error 0.3",
        ".3, .5, .7, .2, total standard error is 0.5; the classes have 0.1 to 0.3",
        ".3, NaN, NaN, NaN, total standard error is NaN"
    })
    void numbers_that_contradict_each_other_are_refused(
            double standard, double totalStandard, double totalRobust, double totalBoundary, String message) {
        // Given
        var standards = PerClass.of(.1, standard);
        var robusts = PerClass.of(.3, .5);
        var boundaries = PerClass.of(.2, .2);

        // When, Then
        assertThatThrownBy(() ->
                        new ClassErrors(standards, robusts, boundaries, totalStandard, totalRobust, totalBoundary))
                .hasMessageStartingWith(message);
    }

    @Test
    void errors_of_another_number_of_classes_are_refused() {
        assertThatThrownBy(() -> new ClassErrors(PerClass.of(.1, .1), PerClass.of(.1), PerClass.of(0, 0), .1, .1, 0))
                .hasMessage("expected 2 classes, got 1");
    }

    @ParameterizedTest(name = "{0} classes")
    @CsvSource({"1", "2", "10", "100"})
    void the_errors_of_any_tally_agree(int classes) {
        // Given
        var random = new SplittableRandom(classes);
        for (int drawn = 0; drawn < 200; drawn++) {
            int n = 1 + random.nextInt(500);
            var labels = random.ints(n, 0, classes).toArray();
            var clean = random.ints(n, 0, classes).toArray();
            var attacked = random.ints(n, 0, classes).toArray();
            for (int i = 0; i < n; i++) {
                attacked[i] = clean[i] == labels[i] ? attacked[i] : clean[i];
            }

            // When
            var errors = ClassErrors.of(Tally.count(classes, labels, clean, attacked));

            // Then
            assertThat(errors.totalRobust()).isGreaterThanOrEqualTo(errors.totalStandard());
        }
    }
}
