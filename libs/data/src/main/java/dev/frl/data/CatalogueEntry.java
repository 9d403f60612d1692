package dev.frl.data;

import dev.frl.core.settings.DatasetSettings.SplitSettings.SplitMethod;
import dev.frl.data.file.DataFile;
import dev.frl.data.file.DataSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Description of a data set. It is known without the files, so a spec can be checked on a machine without data.
 *
 * @param name name in specs, and name of the folder
 * @param classNames names of the classes, by label
 * @param channels channels of an image
 * @param height height of an image
 * @param width width of an image
 * @param trainSize images in the official training set
 * @param smallestClass training images of the smallest class
 * @param testSize images in the official test set
 * @param folders places below a folder that the user names where the files may be, besides that folder itself
 * @param files every file of the data set, with the checksum of its content; empty for a data set that is drawn
 * @param format reads the files, or draws the data set
 * @param sources where the files can be downloaded, in the order in which they are tried
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
     * @param method method by which validation samples are held out
     * @throws IllegalArgumentException if a size is out of range, the data set has too few images, or the validation samples
     *     cannot be the same number of each class; the message names the sizes
     */
    public void requireOffers(int train, int validation, int test, SplitMethod method) {
        if (train < 1 || validation < 0 || test < 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "a split needs train >= 1, validation >= 0 and test >= 0, got %d, %d and %d",
                    train,
                    validation,
                    test));
        }
        if ((long) train + validation > trainSize) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s has %d training images; train %d + validation %d are %d: ask for %d fewer",
                    name,
                    trainSize,
                    train,
                    validation,
                    (long) train + validation,
                    (long) train + validation - trainSize));
        }
        if (test > testSize) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "%s has %d test images; test %d is more than that", name, testSize, test));
        }
        if (method == SplitMethod.LAST_PER_CLASS) {
            requireShares(validation);
        }
    }

    private void requireShares(int validation) {
        if (validation % classes() != 0 || validation / classes() >= smallestClass) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s has %d classes of at least %d training images each; validation %d must be a multiple of %d, with fewer than %d images of each class",
                    name,
                    classes(),
                    smallestClass,
                    validation,
                    classes(),
                    smallestClass));
        }
    }

    /**
     * Makes an image set of what was read from the files.
     *
     * @param file file of the labels, named in errors
     * @param pixels unsigned bytes, [N, C, H, W]; kept, not copied
     * @param labels unsigned bytes, [N]; kept, not copied
     * @throws DataException if a label is not a class of this data set
     */
    public ImageSet images(Path file, byte[] pixels, byte[] labels) {
        try {
            return new ImageSet(channels, height, width, classes(), pixels, labels);
        } catch (IllegalArgumentException e) {
            throw new DataException(
                    String.format(
                            Locale.ROOT,
                            "%s: %s; this is not a file of %s: run `frl data get %s`",
                            file,
                            e.getMessage(),
                            name,
                            name),
                    e);
        }
    }

    /** A layout of data sets on disk. */
    @FunctionalInterface
    public interface Format {
        /**
         * Reads verified files. Even so, it must not allocate more than the sizes in the entry allow.
         *
         * @param folder folder of the entry's files
         * @throws DataException if a file does not match the entry
         */
        Dataset read(CatalogueEntry entry, Path folder) throws IOException;
    }
}
