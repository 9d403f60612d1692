package dev.frl.core.checkpoint;

/** Which weights of a run are meant. */
public enum Selection {
    /** The weights after the last epoch; the average if weights are averaged. */
    LAST,
    /** The weights of the epoch with the highest sum of average and worst-class robust accuracy on validation. */
    BEST
}
