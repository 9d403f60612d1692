package dev.frl.data;

import java.util.List;

/**
 * A data set whose files have been verified and read, or that was drawn.
 *
 * @param entry what the catalogue says of it
 * @param train the official training images
 * @param test the official test images
 */
public record Dataset(CatalogueEntry entry, ImageSet train, ImageSet test) {
    public Dataset {
        if (train.count() != entry.trainSize() || test.count() != entry.testSize()) {
            throw new IllegalArgumentException("%s has %d training and %d test images, got %d and %d"
                    .formatted(entry.name(), entry.trainSize(), entry.testSize(), train.count(), test.count()));
        }
    }

    /** As specs write it. */
    public String name() {
        return entry.name();
    }

    /** By label, from 0. */
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
