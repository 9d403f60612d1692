package dev.frl.worker;

import dev.frl.checkpoint.CheckpointException;
import dev.frl.data.DataException;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.net.StateMismatchException;
import org.jspecify.annotations.Nullable;

/**
 * Why work failed.
 *
 * @param reason for people; shown in the run's status and in reports
 * @param retryable whether another attempt may succeed
 * @param defect unexpected error, for the log with its stack trace; null if the reason says everything
 */
public record WorkFailure(
        String reason, boolean retryable, @Nullable Exception defect) {
    public WorkFailure {
        reason = reason.isBlank() ? "no reason was given" : reason;
    }

    public static WorkFailure of(Exception error) {
        // Deterministic: another attempt would compute the same NaN, and load the same weights.
        boolean permanent = error instanceof NotFiniteException || error instanceof StateMismatchException;
        boolean expected = permanent
                || error instanceof DataException
                || error instanceof CheckpointException
                || error instanceof IllegalArgumentException;
        return expected
                ? new WorkFailure(error.getMessage() == null ? "" : error.getMessage(), !permanent, null)
                : new WorkFailure(error.toString(), true, error);
    }
}
