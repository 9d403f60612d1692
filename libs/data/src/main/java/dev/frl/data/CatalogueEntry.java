package dev.frl.data;

import dev.frl.core.settings.DatasetSettings.SplitSettings.SplitMethod;
import dev.frl.data.file.DataFile;
import dev.frl.data.file.DataSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What is known of a data set before its files are here, so that a spec can be checked on a machine without data.
 *
 * @param name as specs write it, and the name of its folder
 * @param classNames by label, from 0
 * @param channels of an image
 * @param height of an image
 * @param width of an image
 * @param trainSize images in the official training set
 * @param smallestClass training images of the class that has fewest
 * @param testSize images in the official test set
 * @param folders where the files may lie below a folder that the user names, besides that folder itself
 * @param files every file of the data set, with the checksum of its content; none if it is drawn
 * @param format reads the files, or draws what needs none
 * @param sources where the files can be fetched, in the order in which they are tried
 */
public record CatalogueEntry(
        String name,
        List<String> classNames,
        int channels,
        int height,
        int width,
        int trainSize,
        int smallestClass,
        int testSize,
        List<String> folders,
        List<DataFile> files,
        Format format,
        List<DataSource> sources) {

    public CatalogueEntry {
        classNames = List.copyOf(classNames);
        folders = List.copyOf(folders);
        files = List.copyOf(files);
        sources = List.copyOf(sources);
    }

    /** Number of classes, C. */
    public int classes() {
        return classNames.size();
    }

    /**
     * Checks that a split of these sizes can be drawn, without the data.
     *
     * @param train samples for training, from the official training set
     * @param validation samples held out, from the official training set too; may be 0
     * @param test samples of the official test set; may be 0
     * @param method by which validation samples are held out
     * @throws IllegalArgumentException if a size is out of range, the data set has too few images, or validation samples cannot
     *     be shared out equally; names the sizes
     */
    public void requireOffers(int train, int validation, int test, SplitMethod method) {
        if (train < 1 || validation < 0 || test < 0) {
            throw new IllegalArgumentException(
                    "a split needs train >= 1, validation >= 0 and test >= 0, got %d, %d and %d"
                            .formatted(train, validation, test));
        }
        if ((long) train + validation > trainSize) {
            throw new IllegalArgumentException(
                    "%s has %d training images; train %d + validation %d are %d: ask for %d fewer"
                            .formatted(
                                    name,
                                    trainSize,
                                    train,
                                    validation,
                                    (long) train + validation,
                                    (long) train + validation - trainSize));
        }
        if (test > testSize) {
            throw new IllegalArgumentException(
                    "%s has %d test images; test %d is more than that".formatted(name, testSize, test));
        }
        if (method == SplitMethod.LAST_PER_CLASS) {
            requireShares(validation);
        }
    }

    private void requireShares(int validation) {
        if (validation % classes() != 0 || validation / classes() >= smallestClass) {
            throw new IllegalArgumentException(
                    "%s has %d classes of at least %d training images each; validation %d must be as many of each, and leave some"
                            .formatted(name, classes(), smallestClass, validation));
        }
    }

    /**
     * What was read from a file, checked against the classes there are.
     *
     * @param file that holds the labels; named in errors
     * @param pixels unsigned bytes, [N, C, H, W]; kept, not copied
     * @param labels unsigned bytes, [N]; kept, not copied
     * @throws DataException if a label is no class
     */
    public ImageSet images(Path file, byte[] pixels, byte[] labels) {
        try {
            return new ImageSet(channels, height, width, classes(), pixels, labels);
        } catch (IllegalArgumentException e) {
            throw new DataException(
                    "%s: %s; this is not the file of %s: run `frl data get %s`"
                            .formatted(file, e.getMessage(), name, name),
                    e);
        }
    }

    /** One way in which data sets are laid out on disk. */
    @FunctionalInterface
    public interface Format {
        /**
         * Reads files that have been verified. It must stay within the sizes the entry states all the same.
         *
         * @param folder where the entry's files lie
         * @throws DataException if a file does not hold what the entry states
         */
        Dataset read(CatalogueEntry entry, Path folder) throws IOException;
    }
}
