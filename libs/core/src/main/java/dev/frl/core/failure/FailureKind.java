package dev.frl.core.failure;

/** What may help after a failure. */
public enum FailureKind {
    /** Nothing: every attempt would fail in the same way, such as training that diverged. */
    PERMANENT,
    /** Another attempt, on this host or another. */
    RETRYABLE,
    /** Another host: this one lacks data, memory, disk or a library. */
    HOST
}
