package dev.frl.core.checkpoint;

import dev.frl.core.settings.Problems;
import dev.frl.core.settings.Range;

/**
 * Which checkpoints of a run are kept; the others are deleted while it trains. A run resumes from its last checkpoint, and the last
 * and the best weights are tested, so neither is ever deleted.
 *
 * @param last how many of the last epochs keep theirs, {@link #LAST_RANGE}
 * @param best whether the best epoch on validation keeps its own too
 */
public record Retention(int last, boolean best) {
    public static final Range LAST_RANGE = Range.atLeast(1);

    /** A checkpoint may be damaged, and so may the one before. */
    public static final int LAST = 3;

    public static final boolean BEST = true;

    public Retention {
        new Problems().in(LAST_RANGE, "last", last).throwIfAny();
    }

    /**
     * Whether an epoch keeps its checkpoint. What it keeps no more after one epoch, it keeps after no later one.
     *
     * @param epoch from 0
     * @param trained the last epoch that was trained; the checkpoints of later ones are always kept
     * @param best the best epoch, of those before {@code trained} at least
     */
    public boolean keeps(int epoch, int trained, int best) {
        return (long) epoch > (long) trained - last || (this.best && epoch == best);
    }
}
