package dev.frl.core.run;

/** Phase of a run. */
public enum Phase {
    /** Waits for its warm-start run to finish. */
    WAITING_FOR_WARM_START,
    /** Waits for a free trainer. */
    QUEUED,
    /** A trainer trains the next epoch. */
    TRAINING,
    /** Attackers evaluate an epoch on the validation images. */
    EVALUATING,
    /** Attackers evaluate the final weights on the test images. */
    TESTING,
    FINISHED,
    FAILED;

    public boolean isTerminal() {
        return this == FINISHED || this == FAILED;
    }
}
