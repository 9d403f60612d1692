package dev.frl.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OnceOptionsTest {
    @Test
    void a_trainer_without_arguments_takes_one_run_after_another() {
        assertThat(OnceOptions.parse()).isEmpty();
    }

    @Test
    void a_trainer_for_one_run_takes_runs_of_every_experiment_and_waits_ten_minutes() {
        assertThat(OnceOptions.parse("--once")).contains(new OnceOptions(null, false, Duration.ofMinutes(10)));
    }

    @Test
    void values_follow_their_names_with_an_equals_sign_or_as_the_next_argument() {
        assertThat(OnceOptions.parse("--once", "--experiment", "sweep-1", "--wait=2h"))
                .isEqualTo(OnceOptions.parse("--experiment=sweep-1", "--wait", "2h", "--once"))
                .contains(new OnceOptions("sweep-1", false, Duration.ofHours(2)));
    }

    @Test
    void a_trainer_for_all_runs_of_an_experiment_names_it() {
        assertThat(OnceOptions.parse("--all", "--experiment=sweep-1"))
                .contains(new OnceOptions("sweep-1", true, Duration.ofMinutes(10)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--twice | unexpected argument: --twice",
                "--once --experiment | --experiment needs a value",
                "--once --experiment= | --experiment is empty",
                "--experiment=a | add --once",
                "--all | --all needs --experiment=ID",
                "--all --once --experiment=a | give one of them",
                "--once --wait=soon | --wait is soon; it must be a number of seconds, minutes or hours",
                "--once --wait=0s | --wait is 0s",
            })
    void a_wrong_argument_is_named(String arguments, String message) {
        assertThatThrownBy(() -> OnceOptions.parse(arguments.split(" ")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
