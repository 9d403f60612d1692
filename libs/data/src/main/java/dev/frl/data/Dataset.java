package dev.frl.data;

import java.util.List;
import java.util.Locale;

/**
 * A data set in memory: verified and read from files, or drawn.
 *
 * @param entry its catalogue entry
 * @param train the official training images
 * @param test the official test images
 */
public record Dataset(CatalogueEntry entry, ImageSet train, ImageSet test) {
    public Dataset {
        if (train.count() != entry.trainSize() || test.count() != entry.testSize()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s has %d training and %d test images, got %d and %d",
                    entry.name(),
                    entry.trainSize(),
                    entry.testSize(),
                    train.count(),
                    test.count()));
        }
    }

    /** Name in specs. */
    public String name() {
        return entry.name();
    }

    /** Names of the classes, by label. */
    public List<String> classNames() {
        return entry.classNames();
    }

    public int channels() {
        return entry.channels();
    }

    public int height() {
        return entry.height();
    }

    public int width() {
        return entry.width();
    }
}
