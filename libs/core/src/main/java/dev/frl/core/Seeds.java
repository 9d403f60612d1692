package dev.frl.core;

/**
 * Seeds derived from what they are for, so that any machine draws the same numbers for the same piece of work.
 *
 * <p>Each part is mixed in by the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
 */
public final class Seeds {
    private Seeds() {}

    /** What the numbers are for. The names are part of the seeds: renaming one changes every run. */
    public enum Purpose {
        INITIAL_WEIGHTS,
        EPOCH_ORDER,
        TRAINING_ATTACK,
        VALIDATION_ATTACK,
        TEST_ATTACK,
        /** Derived from a seed of one of the two before: what a sample draws when it is attacked again. */
        ATTACK_RESTART,
        /** Of a data set that is drawn: one sample of its training or test images. */
        MIXTURE_SAMPLE,
        /** How one training image is varied in one epoch. */
        AUGMENTATION
    }

    /** @param parts what tells this stream from others of its purpose: epoch, sample, … */
    public static long derive(long seed, Purpose purpose, long... parts) {
        long h = mix(seed ^ nameHash(purpose.name()));
        for (long part : parts) {
            h = mix(h + 0x9E3779B97F4A7C15L * (part + 1));
        }
        return h;
    }

    private static long nameHash(String name) {
        long h = 1125899906842597L;
        for (int i = 0; i < name.length(); i++) {
            h = 31 * h + name.charAt(i);
        }
        return h;
    }

    private static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
        return b ^ (b >>> 31);
    }
}
