package dev.frl.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.run.FailureKind;
import dev.frl.data.DataException;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.net.StateMismatchException;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailureTest {
    @Test
    void what_another_attempt_would_compute_again_is_not_tried_again() {
        assertThat(WorkFailure.of(new NotFiniteException("loss")))
                .isEqualTo(new WorkFailure("loss is not finite", FailureKind.PERMANENT, null));
        assertThat(WorkFailure.of(new StateMismatchException(List.of("no 0.bias"))))
                .isEqualTo(new WorkFailure("no 0.bias", FailureKind.PERMANENT, null));
    }

    @Test
    void what_another_machine_may_have_is_tried_again() {
        assertThat(WorkFailure.of(new DataException("the data folder is empty")))
                .isEqualTo(new WorkFailure("the data folder is empty", FailureKind.HOST, null));
    }

    @Test
    void what_nobody_expected_is_kept_for_the_log() {
        // Given
        var error = new ArithmeticException("/ by zero");

        // When
        var failure = WorkFailure.of(error);

        // Then
        assertThat(failure.reason()).isEqualTo("java.lang.ArithmeticException: / by zero");
        assertThat(failure.kind()).isEqualTo(FailureKind.RETRYABLE);
        assertThat(failure.defect()).isSameAs(error);
    }
}
