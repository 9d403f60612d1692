package dev.frl.engine;

import java.util.Locale;

/** Predicted class of each sample, without and under attack. */
public final class Predictions {
    private final int[] clean;
    private final int[] attacked;

    /**
     * @param clean predicted class without attack, shape [N]
     * @param attacked predicted class under attack, shape [N]. If a sample is misclassified without attack, this is the same
     *     wrong class; if the attack succeeds, it is the class of the first misclassified iterate
     */
    public Predictions(int[] clean, int[] attacked) {
        if (clean.length != attacked.length) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "clean and attacked differ in length: %d, %d", clean.length, attacked.length));
        }
        this.clean = clean;
        this.attacked = attacked;
    }

    public int count() {
        return clean.length;
    }

    public int[] clean() {
        return clean;
    }

    public int[] attacked() {
        return attacked;
    }
}
