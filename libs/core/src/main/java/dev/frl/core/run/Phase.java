package dev.frl.core.run;

/** Where a run stands. */
public enum Phase {
    /** Waits for the run that trains its warm start. */
    WAITING_FOR_WARM_START,
    /** Waits for a trainer to take it. */
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
