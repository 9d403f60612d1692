package dev.frl.core.run;

/** Which of a run's weights. */
public enum Selection {
    /** After the last epoch; the average where weights are averaged. */
    LAST,
    /** Of the epoch that did best on validation: highest average plus worst robust accuracy. */
    BEST
}
