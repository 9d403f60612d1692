package dev.frl.checkpoint;

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

    /** What kind of failure, so that a service can tell whether trying again may help. */
    public enum Reason {
        /** There is no such file; on a shared volume it may still appear. */
        MISSING,
        /** The content is not the one that was announced: its SHA-256 differs. */
        ALTERED,
        /** Not a valid file of its format, beyond a limit, or the disk failed. */
        UNREADABLE,
        /** A location or name that may not be used, whatever lies there. */
        REFUSED,
        /** The epoch is there already, with other content. */
        CONFLICT,
        /** The disk did not take it. */
        NOT_WRITTEN
    }
}
