package dev.frl.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A checkpoint could not be read or written. The message names the file, what is wrong, and what to do. */
public final class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    public CheckpointException(Reason reason, String message) {
        this(reason, message, null);
    }

    public CheckpointException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /** Whether the content itself is wrong or gone; otherwise the disk or store may have it, and did not give it now. */
    public boolean isDamage() {
        return switch (reason) {
            case ALTERED, MISSING, DELETED -> true;
            case UNREADABLE -> !(getCause() instanceof IOException) || getCause() instanceof JsonProcessingException;
            default -> false;
        };
    }

    /** Kind of failure. */
    public enum Reason {
        /** The file does not exist; on a shared volume it may still appear. */
        MISSING,
        /** Retention or a user deleted it: the run has checkpoints of later epochs. */
        DELETED,
        /** The content is not the announced content: its SHA-256 differs. */
        ALTERED,
        /** The file is not valid, exceeds a limit, or the disk failed. */
        UNREADABLE,
        /** The location or name is not allowed, even if the file exists. */
        REFUSED,
        /** The epoch exists already, with other content. */
        CONFLICT,
        /** The disk failed to write it. */
        NOT_WRITTEN
    }
}
