package dev.frl.core.run;

/** Phase of a run. */
public enum Phase {
    /** Waits for its warm-start run to finish. */
    WAITING_FOR_WARM_START,
    /** Waits for its turn, or for the trainer that takes it then. */
    QUEUED,
    /** Rests: a user paused it, or it has trained the epochs that it may train so far. */
    PAUSED,
    /** A trainer trains the next epoch. */
    TRAINING,
    /** Attackers evaluate an epoch on the validation images. */
    EVALUATING,
    /** Attackers evaluate the final weights on the test images. */
    TESTING,
    FINISHED,
    FAILED,
    /** Ended before its last epoch, as a user or its experiment asked for. */
    STOPPED;

    public boolean isTerminal() {
        return this == FINISHED || this == FAILED || this == STOPPED;
    }
}
