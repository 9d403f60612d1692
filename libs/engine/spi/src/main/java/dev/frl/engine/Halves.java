package dev.frl.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How a batch is trained on two processors: in two halves, each on a thread, or as a whole where there is but one sample. It
 * goes by the batch alone, so that numbers do not depend on threads. Where the halves need sums over both, they have a {@link
 * Meeting}.
 */
public final class Halves {
    private Halves() {}

    /** Samples of each part, in their order. */
    public static List<Integer> of(int count) {
        return count < 2 ? List.of(count) : List.of((count + 1) / 2, count / 2);
    }

    /**
     * Cuts what belongs to samples.
     *
     * @param values shape [count, size]
     * @param counts of samples in each part
     * @param size numbers of a sample
     */
    public static List<float[]> cut(float[] values, List<Integer> counts, int size) {
        var parts = new ArrayList<float[]>();
        int at = 0;
        for (int count : counts) {
            parts.add(Arrays.copyOfRange(values, at, at + count * size));
            at += count * size;
        }
        return parts;
    }

    /** One after the other; undoes {@link #cut}. */
    public static float[] joined(List<float[]> parts) {
        var all = new float[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (var part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}
