package dev.frl.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How values are written, one setting at a time. */
class ValueTypeTest {
    private static String epsilon(String written) {
        return Specs.MINIMAL.replace("0.1", written);
    }

    @ParameterizedTest
    @CsvSource({
        "8/255, 0.03137254901960784",
        "'\"8/255\"', 0.03137254901960784",
        "8 / 255, 0.03137254901960784",
        "0.5/255, 0.00196078431372549",
        "1e-1, 0.1",
        "1.0E-1, 0.1",
        ".5, 0.5",
        "1, 1",
        "0, 0",
        "010, 10"
    })
    void a_radius_is_a_number_or_a_fraction(String written, double value) {
        if (value > 1) {
            assertThat(Specs.problems(epsilon(written)).get(0).message()).startsWith("is 010; it must be a radius");
            return;
        }
        assertThat(Specs.onlyRun(epsilon(written))
                        .settings()
                        .attack()
                        .training()
                        .epsilon())
                .isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"0.1\" | is the text \"0.1\"; it must be a number or a fraction such as 8/255: write 0.1 without quotes",
                "1/0 | is the text \"1/0\"; it must be a number or a fraction such as 8/255: nothing can be divided by 0",
                "10% | is the text \"10%\"; it must be a number or a fraction such as 8/255: write a fraction instead of percent",
                "true | is true; it must be a number or a fraction such as 8/255",
                "[0.1] | is a list; it must be a number or a fraction such as 8/255",
                "{a: 1} | is a group of settings; it must be a number or a fraction such as 8/255",
                ".nan | is .nan; it must be a radius in [0, 1], in units of pixel value; write 8/255 as it is",
                "1e999 | is 1e999; it must be a radius in [0, 1], in units of pixel value; write 8/255 as it is"
            })
    void what_is_no_radius_says_what_it_is(String written, String message) {
        assertThat(Specs.problems(epsilon(written)))
                .containsExactly(new SpecProblem(7, "spec.attack.training.epsilon", message));
    }

    @ParameterizedTest
    @CsvSource({"90s, 90", "10m, 600", "1h30m, 5400", "7d, 604800", "1d1h1m1s, 90061", "'\"10m\"', 600"})
    void a_duration_has_units(String written, long seconds) {
        // When
        var run = Specs.onlyRun(Specs.MINIMAL + "  schedule: {queueDeadline: " + written + "}");

        // Then
        assertThat(run.settings().deadlines().queue()).isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @CsvSource({"10", "10 min", "m", "1m1h", "-1m", "''", "31d", "999999d", "0.5s", "PT10M", "1.5h"})
    void what_is_no_duration_is_refused(String written) {
        assertThat(Specs.problems(Specs.MINIMAL + "  schedule: {queueDeadline: " + written + "}"))
                .hasSize(1)
                .allSatisfy(p -> assertThat(p.path()).isEqualTo("spec.schedule.queueDeadline"));
    }

    @ParameterizedTest
    @CsvSource({"15", "15.0", "1.5e1", "+15", "0xf", "015", "150e-1"})
    void a_whole_number_may_be_written_as_programs_without_integers_do(String written) {
        // When
        var run = Specs.onlyRun(Specs.MINIMAL + "  training: {epochs: " + written + ", seed: " + written + "}");

        // Then
        assertThat(run.settings().training().epochs()).isEqualTo(15);
        assertThat(run.specSha256())
                .isEqualTo(Specs.onlyRun(Specs.MINIMAL + "  training: {epochs: 15, seed: 15}")
                        .specSha256());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "15.5 | is 15.5; it must be a whole number",
                "1e18 | is 1e18; it must be a whole number",
                "1_000 | is the text \"1_000\"; it must be a whole number: write 1000",
                "99999999999 | is 99999999999; it must be a whole number: it has at most 32 bits",
                "fifteen | is the text \"fifteen\"; it must be a whole number",
                "'' | is empty; it must be a whole number, or the key left out"
            })
    void what_is_no_whole_number_says_what_it_is(String written, String message) {
        assertThat(Specs.problems(Specs.MINIMAL + "  training: {epochs: " + written + "}"))
                .containsExactly(new SpecProblem(8, "spec.training.epochs", message));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "yes | is the text \"yes\"; it must be true or false: write true",
                "0 | is 0; it must be true or false: write false"
            })
    void a_flag_is_true_or_false(String written, String message) {
        assertThat(Specs.problems(Specs.MINIMAL.replace("0.1}", "0.1}, test: {best: " + written + "}")))
                .containsExactly(new SpecProblem(7, "spec.attack.test.best", message));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0.5 | is 0.5; it must be a list of numbers, such as [0.6, 0.85]: write [0.5]",
                "[0.5, x] | is a list; it must be a list of numbers, such as [0.6, 0.85]: [1] is the text \"x\"",
                "[0.8, 0.5] | is [0.8, 0.5]; it must be ascending fractions of the epochs, each in [0, 1)",
                "[30, 60] | is [30, 60]; it must be ascending fractions of the epochs, each in [0, 1)"
            })
    void milestones_are_ascending_fractions(String written, String message) {
        assertThat(Specs.problems(Specs.MINIMAL + "  training: {schedule: {milestones: " + written + "}}"))
                .containsExactly(new SpecProblem(8, "spec.training.schedule.milestones", message));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "learning_rate | spec.training.optimizer.learningRate",
                "lr | spec.training.optimizer.learningRate",
                "batch_size | spec.training.batchSize",
                "Epochs | spec.training.epochs",
                "epohcs | spec.training.epochs",
                "tolerance | spec.fairness.tolerance",
                "eps | spec.attack.training.epsilon",
                "shards | spec.attack.validation.shards"
            })
    void an_unknown_key_is_answered_with_what_was_meant(String written, String meant) {
        assertThat(Specs.problems(Specs.MINIMAL + "  training: {" + written + ": 1}"))
                .containsExactly(new SpecProblem(
                        8, "spec.training." + written, "is not a setting. Did you mean " + meant + "?"));
    }

    @ParameterizedTest
    @CsvSource({"xyzzy", "'\"a.b\"'", "''", "'<<'", "'\"\\n\"'"})
    void an_unknown_key_that_is_like_none_is_answered_with_those_there_are(String written) {
        assertThat(Specs.problems(Specs.MINIMAL + "  model: {" + written + ": 1}".replace("model", "dataset")))
                .isNotEmpty();
    }
}
