package dev.frl.engine;

/** What became of each sample under attack. */
public final class Predictions {
    private final int[] clean;
    private final int[] attacked;

    /**
     * @param clean shape [N], predicted class without attack
     * @param attacked shape [N], predicted class under attack: for a sample that was wrong without attack that same wrong
     *     class, for one that fell the class it fell to
     */
    public Predictions(int[] clean, int[] attacked) {
        if (clean.length != attacked.length) {
            throw new IllegalArgumentException(
                    "clean and attacked differ in length: %d, %d".formatted(clean.length, attacked.length));
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
