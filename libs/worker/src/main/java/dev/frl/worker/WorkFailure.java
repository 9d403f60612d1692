package dev.frl.worker;

import dev.frl.checkpoint.CheckpointException;
import dev.frl.checkpoint.CheckpointException.Reason;
import dev.frl.core.HumanText;
import dev.frl.core.failure.FailureKind;
import dev.frl.data.DataException;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.net.StateMismatchException;
import dev.frl.service.BrokerRefusal;
import dev.frl.service.HostTrouble;
import org.jspecify.annotations.Nullable;

/**
 * Why work failed.
 *
 * @param reason for people; shown in the run's status and in reports
 * @param kind what may help
 * @param defect unexpected error, for the log with its stack trace; null if the reason says everything
 */
public record WorkFailure(
        String reason, FailureKind kind, @Nullable Throwable defect) {
    /** A reason travels in messages of limited length, and is shown in one line. */
    private static final int LONGEST_REASON = 4000;

    public WorkFailure {
        reason = reason.isBlank() ? "no reason was given" : reason;
        reason = HumanText.cut(reason.replaceAll("\\p{Cc}+", " "), LONGEST_REASON);
    }

    /** The failure of a worker among others. */
    public static WorkFailure of(Throwable error) {
        return of(error, false);
    }

    /** @param alone whether no other worker may do what this process cannot: it lacks the same in each attempt until it starts anew */
    static WorkFailure of(Throwable error, boolean alone) {
        if (error instanceof NotFiniteException || error instanceof StateMismatchException) {
            // Deterministic: another attempt would compute the same NaN, and load the same weights.
            return expected(error, FailureKind.PERMANENT);
        }
        if (error instanceof CheckpointException deleted && deleted.reason() == Reason.DELETED) {
            return expected(error, FailureKind.RETRYABLE); // it is in no other place: no fault of this host
        }
        if (error instanceof DataException || error instanceof CheckpointException) {
            return expected(error, FailureKind.HOST); // another host may have the files
        }
        var trouble = HostTrouble.reason(error);
        if (trouble.isPresent()) {
            var kind = alone && HostTrouble.isOfProcess(error) ? FailureKind.RETRYABLE : FailureKind.HOST;
            return new WorkFailure(trouble.get(), kind, error);
        }
        var refusal = BrokerRefusal.reason(error);
        if (refusal.isPresent()) {
            return new WorkFailure(refusal.get(), FailureKind.HOST, null);
        }
        return error instanceof IllegalArgumentException
                ? expected(error, FailureKind.RETRYABLE)
                : new WorkFailure(error.toString(), FailureKind.RETRYABLE, error);
    }

    private static WorkFailure expected(Throwable error, FailureKind kind) {
        return new WorkFailure(error.getMessage() == null ? "" : error.getMessage(), kind, null);
    }
}
