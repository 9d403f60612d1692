package dev.frl.core.settings;

/**
 * Which images, and how they are split.
 *
 * @param name of the data set
 * @param split how many images each part has, and which
 */
public record DatasetSettings(String name, Split split) {
    /**
     * Sizes in images. Training and validation images are drawn, without overlap, from the official training set; test
     * images from the official test set.
     *
     * @param train at least 1
     * @param validation at least 1: what the controller judges each epoch by
     * @param test at least 1
     * @param seed which images are drawn; not the run's seed, so that seeds of one sweep share a split unless told otherwise
     */
    public record Split(int train, int validation, int test, long seed) {
        public Split {
            new Problems()
                    .unless(train >= 1, "train", train, "at least 1 image")
                    .unless(validation >= 1, "validation", validation, "at least 1 image")
                    .unless(test >= 1, "test", test, "at least 1 image")
                    .throwIfAny();
        }
    }
}
