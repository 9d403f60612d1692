package dev.frl.worker;

import dev.frl.checkpoint.CheckpointException;
import dev.frl.data.DataException;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.net.StateMismatchException;
import org.jspecify.annotations.Nullable;

/**
 * Why a piece of work was given up.
 *
 * @param reason for people, on the run's status and in reports
 * @param retryable whether another attempt may succeed
 * @param defect what nobody had expected, for the log with its stack trace; null where the reason says all
 */
public record WorkFailure(
        String reason, boolean retryable, @Nullable Exception defect) {
    public static WorkFailure of(Exception error) {
        // Another attempt would compute the same NaN, and find the same misfit.
        boolean settled = error instanceof NotFiniteException || error instanceof StateMismatchException;
        boolean expected = settled
                || error instanceof DataException
                || error instanceof CheckpointException
                || error instanceof IllegalArgumentException;
        return expected
                ? new WorkFailure(String.valueOf(error.getMessage()), !settled, null)
                : new WorkFailure(error.toString(), true, error);
    }
}
