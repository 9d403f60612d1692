package dev.frl.data;

import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.DatasetSettings.SplitSettings.SplitMethod;
import dev.frl.core.settings.Part;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Training, validation and test samples of an experiment. The split depends only on the data set, the sizes, the method and
 * the seed, so every service computes the same one.
 *
 * <p>Training and validation samples come from one shuffled order of the official training set: training samples from its
 * front, validation samples from its end. So they do not overlap, and a larger training subset with the same seed contains the
 * smaller one. With {@link SplitMethod#LAST_PER_CLASS}, the validation samples are the last of each class in the order of the
 * files, and the training samples are the front of the same shuffled order without them. Test samples come from the official
 * test set: all of them in the order of the file, or a shuffled selection.
 */
public final class Split {
    private final Subset train;
    private final Subset validation;
    private final Subset test;

    private Split(Subset train, Subset validation, Subset test) {
        this.train = train;
        this.validation = validation;
        this.test = test;
    }

    /**
     * @param train samples, at least 1
     * @param validation samples, may be 0
     * @param test samples, may be 0
     * @throws IllegalArgumentException if the data set has too few, see {@link CatalogueEntry#requireOffers}
     */
    public static Split of(Dataset dataset, int train, int validation, int test, long seed) {
        return of(dataset, train, validation, test, seed, SplitMethod.SEEDED);
    }

    /** @throws IllegalArgumentException if the data set has too few, see {@link CatalogueEntry#requireOffers} */
    public static Split of(Dataset dataset, DatasetSettings.SplitSettings sizes) {
        return of(dataset, sizes.train(), sizes.validation(), sizes.test(), sizes.seed(), sizes.method());
    }

    private static Split of(Dataset dataset, int train, int validation, int test, long seed, SplitMethod method) {
        dataset.entry().requireOffers(train, validation, test, method);
        var order = Shuffle.permutation(dataset.train().count(), seed, "split/train");
        var heldOut = method == SplitMethod.SEEDED
                ? Arrays.copyOfRange(order, order.length - validation, order.length)
                : lastOfEachClass(dataset.train(), validation / dataset.train().classes());
        var evaluated = test == dataset.test().count()
                ? IntStream.range(0, test).toArray()
                : Arrays.copyOf(Shuffle.permutation(dataset.test().count(), seed, "split/test"), test);
        return new Split(
                new Subset("train", dataset.train(), firstWithout(order, heldOut, train)),
                new Subset("validation", dataset.train(), heldOut),
                new Subset("test", dataset.test(), evaluated));
    }

    /** The last samples of each class, in the order of the files. */
    private static int[] lastOfEachClass(ImageSet images, int perClass) {
        var wanted = new int[images.classes()];
        Arrays.fill(wanted, perClass);
        var last = new int[perClass * images.classes()];
        int free = last.length;
        for (int i = images.count() - 1; i >= 0 && free > 0; i--) {
            if (wanted[images.label(i)]-- > 0) {
                last[--free] = i;
            }
        }
        if (free > 0) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "a class has fewer than %d training images to hold out", perClass));
        }
        return last;
    }

    private static int[] firstWithout(int[] order, int[] without, int count) {
        var taken = new BitSet();
        Arrays.stream(without).forEach(taken::set);
        return Arrays.stream(order).filter(i -> !taken.get(i)).limit(count).toArray();
    }

    public Subset train() {
        return train;
    }

    public Subset validation() {
        return validation;
    }

    public Subset test() {
        return test;
    }

    /** The validation or the test samples. */
    public Subset subset(Part part) {
        return part == Part.VALIDATION ? validation : test;
    }

    /**
     * Shard k of n of an index array. Shards are contiguous, their lengths differ by at most 1, and together they are the array.
     *
     * @param k from 0 to n − 1
     * @param n at least 1, at most the length of the array
     * @throws IllegalArgumentException if k or n is out of range
     */
    public static int[] shard(int[] indices, int k, int n) {
        if (n < 1 || n > indices.length || k < 0 || k >= n) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "shard %d of %d of %d samples: expected 0 <= shard < count <= samples",
                    k,
                    n,
                    indices.length));
        }
        long length = indices.length;
        return Arrays.copyOfRange(indices, (int) (length * k / n), (int) (length * (k + 1) / n));
    }

    /** The samples for one purpose: positions in one of the data set's image sets. Immutable. */
    public static final class Subset {
        private final String name;
        private final ImageSet images;
        private final int[] indices;

        private Subset(String name, ImageSet images, int[] indices) {
            this.name = name;
            this.images = images;
            this.indices = indices;
        }

        /** {@code train}, {@code validation} or {@code test}. */
        public String name() {
            return name;
        }

        /** The image set that the indices point into. */
        public ImageSet images() {
            return images;
        }

        /** Number of samples in this subset. */
        public int count() {
            return indices.length;
        }

        /** Positions in {@link #images()}, in this subset's order; a copy. */
        public int[] indices() {
            return indices.clone();
        }

        /** This subset's manifest: samples of each class, shape [C]. The counts of all its shards must add up to it. */
        public int[] countsPerClass() {
            return images.countsPerClass(indices);
        }

        /** See {@link Split#shard(int[], int, int)}. */
        public int[] shard(int k, int n) {
            return Split.shard(indices, k, n);
        }
    }
}
