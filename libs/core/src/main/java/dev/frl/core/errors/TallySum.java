package dev.frl.core.errors;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Adds up tallies in place: a sum of ten thousand shards of a hundred classes makes one matrix, not ten thousand. Not thread-safe. */
public final class TallySum {
    private int classes;
    private long @Nullable [] clean;
    private long @Nullable [] attacked;

    /** @throws IllegalArgumentException if the tallies differ in their classes */
    public void add(Tally tally) {
        if (clean == null || attacked == null) {
            classes = tally.classes();
            clean = tally.cleanConfusion();
            attacked = tally.attackedConfusion();
            return;
        }
        if (tally.classes() != classes) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "expected %d classes, got %d", classes, tally.classes()));
        }
        tally.addTo(clean, attacked);
    }

    /** @throws IllegalStateException if nothing was added */
    public Tally tally() {
        if (clean == null || attacked == null) {
            throw new IllegalStateException("nothing was added");
        }
        return Tally.of(classes, Arrays.copyOf(clean, clean.length), Arrays.copyOf(attacked, attacked.length));
    }
}
