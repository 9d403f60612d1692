package dev.frl.core;

import dev.frl.core.settings.Part;

/**
 * Derives a seed for every random stream from the run's seed and the purpose of the stream, so any machine draws the same
 * numbers for the same work.
 *
 * <p>Each part is mixed in by the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
 */
public final class Seeds {
    private Seeds() {}

    /** Purpose of a random stream. The names are part of the seeds: renaming one changes every run. */
    public enum Purpose {
        INITIAL_WEIGHTS,
        EPOCH_ORDER,
        TRAINING_ATTACK,
        VALIDATION_ATTACK,
        TEST_ATTACK,
        /** Random start of a restart; derived from the sample's validation or test attack seed. */
        ATTACK_RESTART,
        /** One training or test sample of the Gaussian mixture. */
        MIXTURE_SAMPLE,
        /** Random crop and flip of one training image in one epoch. */
        AUGMENTATION,
        /** Value of one swept setting in one draw of a random search; derived from the search's own seed. */
        RANDOM_SEARCH;

        /** Purpose of the attack that evaluates this part. */
        public static Purpose attackOn(Part part) {
            return part == Part.VALIDATION ? VALIDATION_ATTACK : TEST_ATTACK;
        }
    }

    /** @param parts numbers that tell this stream from others with its purpose: epoch, sample, … */
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
