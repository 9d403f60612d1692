package dev.frl.data;

import java.util.SplittableRandom;

/**
 * Seeded permutations that never change between releases: the Fisher-Yates shuffle from the last element to the first, with
 *
 * <pre>
 *   j = ((nextLong >>> 33) · (i + 1)) >>> 31
 * </pre>
 *
 * from SplitMix64. Only {@link SplittableRandom#nextLong()} is used, because Java has changed between releases how it computes
 * bounded numbers from it. The bias of j is below i / 2³¹.
 */
public final class Shuffle {
    private Shuffle() {}

    /**
     * The numbers 0 to n − 1, shuffled.
     *
     * @param purpose name of the random stream: with the same seed, another purpose gives an independent order
     */
    public static int[] permutation(int n, long seed, String purpose) {
        // The hash goes into the upper half, so that the small seeds that people choose do not collide with it.
        var random = new SplittableRandom(seed ^ ((long) purpose.hashCode() << 32));
        var order = new int[n];
        for (int i = 0; i < n; i++) {
            order[i] = i;
        }
        for (int i = n - 1; i > 0; i--) {
            int j = (int) (((random.nextLong() >>> 33) * (i + 1)) >>> 31);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }
}
