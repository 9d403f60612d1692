package dev.frl.engine;

import dev.frl.core.Seeds;
import dev.frl.core.Seeds.Purpose;
import java.util.Locale;

/**
 * Samples to attack.
 *
 * <p>Each sample has its own seed for its random start, so results do not depend on how samples are divided into batches,
 * shards or threads.
 */
public final class Samples {
    private final float[] images;
    private final int[] labels;
    private final float[] radius;
    private final long[] seeds;

    /**
     * @param images shape [N, C, H, W], in [0, 1]
     * @param labels shape [N]
     * @param radius shape [N], in the attack's norm, in units of pixel value; with radius 0 a sample stays unchanged
     * @param seeds shape [N]
     */
    public Samples(float[] images, int[] labels, float[] radius, long[] seeds) {
        if (labels.length != radius.length || labels.length != seeds.length) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "labels, radius and seeds differ in length: %d, %d, %d",
                    labels.length,
                    radius.length,
                    seeds.length));
        }
        if (labels.length > 0 && images.length % labels.length != 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "%d pixel values do not divide into %d images", images.length, labels.length));
        }
        this.images = images;
        this.labels = labels;
        this.radius = radius;
        this.seeds = seeds;
    }

    /**
     * Some of these samples, with the seeds of one restart of an attack.
     *
     * @param which positions of the samples, each at least 0 and below {@link #count}
     * @param restart number of the restart, starting at 0; restart 0 has the samples' own seeds, other restarts derive theirs
     *     from these
     */
    public Samples restarted(int[] which, int restart) {
        int pixels = which.length == 0 ? 0 : images.length / labels.length;
        var images = new float[which.length * pixels];
        var labels = new int[which.length];
        var radius = new float[which.length];
        var seeds = new long[which.length];
        for (int i = 0; i < which.length; i++) {
            System.arraycopy(this.images, which[i] * pixels, images, i * pixels, pixels);
            labels[i] = this.labels[which[i]];
            radius[i] = this.radius[which[i]];
            long seed = this.seeds[which[i]];
            seeds[i] = restart == 0 ? seed : Seeds.derive(seed, Purpose.ATTACK_RESTART, restart);
        }
        return new Samples(images, labels, radius, seeds);
    }

    public int count() {
        return labels.length;
    }

    /** Not copied; callers must not write to it. */
    public float[] images() {
        return images;
    }

    public int[] labels() {
        return labels;
    }

    public float[] radius() {
        return radius;
    }

    public long[] seeds() {
        return seeds;
    }
}
