package dev.frl.core.settings;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which images, and how they are split.
 *
 * @param name of the data set
 * @param split how many images each part has, and which
 * @param mixture what {@link #GAUSSIAN_MIXTURE} is drawn from; null for any other data set, whose images come from files
 */
public record DatasetSettings(
        String name, SplitSettings split, @Nullable MixtureSettings mixture) {
    /** The data set that is drawn, not read. */
    public static final String GAUSSIAN_MIXTURE = "gaussian-mixture";

    public DatasetSettings {
        if (name.equals(GAUSSIAN_MIXTURE) != (mixture != null)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s and no other data set has a mixture, got %s with %s",
                    GAUSSIAN_MIXTURE,
                    name,
                    mixture));
        }
    }

    /** A data set that comes from files. */
    public DatasetSettings(String name, SplitSettings split) {
        this(name, split, null);
    }

    /**
     * Sizes in images. Training and validation images are drawn, without overlap, from the official training set; test
     * images from the official test set. The mixture draws as many images as the parts need.
     *
     * @param train number of training images, {@link #SIZE_RANGE}
     * @param validation number of images on which the controller evaluates every epoch, {@link #SIZE_RANGE}
     * @param test number of images on which the end of the run is evaluated, {@link #SIZE_RANGE}
     * @param seed which images are drawn; not the run's seed, so that seeds of one sweep share a split unless told otherwise
     * @param method which images are held out for validation
     */
    public record SplitSettings(int train, int validation, int test, long seed, SplitMethod method) {
        public static final Range SIZE_RANGE = Range.atLeast(1).withRemark(" image");
        public static final SplitMethod METHOD = SplitMethod.SEEDED;

        /** Split of the mixture, which has no sizes of its own: enough images to measure its errors to a point. */
        public static final SplitSettings OF_MIXTURE = new SplitSettings(10_000, 2_000, 10_000, 1);

        public SplitSettings {
            new Problems()
                    .in(SIZE_RANGE, "train", train)
                    .in(SIZE_RANGE, "validation", validation)
                    .in(SIZE_RANGE, "test", test)
                    .throwIfAny();
        }

        /** With a validation set drawn by the seed. */
        public SplitSettings(int train, int validation, int test, long seed) {
            this(train, validation, test, seed, METHOD);
        }

        public SplitSettings withSeed(long other) {
            return new SplitSettings(train, validation, test, other, method);
        }

        /** Which images of the official training set are held out for validation. */
        public enum SplitMethod implements Named {
            /** Drawn by the seed. */
            SEEDED("seeded"),
            /** The last images of every class, in the order of the files, the same number of each; the seed does not matter. */
            LAST_PER_CLASS("last-per-class");

            private final String label;

            SplitMethod(String label) {
                this.label = label;
            }

            @Override
            public String label() {
                return label;
            }
        }
    }
}
