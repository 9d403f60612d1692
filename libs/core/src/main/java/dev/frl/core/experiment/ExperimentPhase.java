package dev.frl.core.experiment;

/** Phase of an experiment. */
public enum ExperimentPhase {
    /** Hands out its runs and waits for them. */
    RUNNING,
    /** A user paused it: it hands out nothing. */
    PAUSED,
    /** It hands out nothing any more, and waits for the end of its open runs. */
    STOPPING,
    /** Every run has ended, and at least one of them has finished. */
    FINISHED,
    /** A user stopped it. */
    STOPPED,
    /** No run has finished, or too many have failed. */
    FAILED;

    public boolean isTerminal() {
        return this == FINISHED || this == STOPPED || this == FAILED;
    }
}
