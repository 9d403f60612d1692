package dev.frl.data;

import java.util.SplittableRandom;

/**
 * Seeded permutations that stay the same for good: Fisher and Yates' shuffle, from the back, drawing
 *
 * <pre>
 *   j = ((nextLong >>> 33) · (i + 1)) >>> 31
 * </pre>
 *
 * from SplitMix64. Only {@link SplittableRandom#nextLong()} is used, because how Java makes bounded numbers of it has
 * changed between releases. The bias of j is below i / 2³¹.
 */
public final class Shuffle {
    private Shuffle() {}

    /**
     * The numbers 0 to n − 1, shuffled.
     *
     * @param purpose names the random stream: with one seed, another purpose gives an unrelated order
     */
    public static int[] permutation(int n, long seed, String purpose) {
        // In the upper half, where the small seeds people choose have nothing to collide with.
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
