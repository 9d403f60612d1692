package dev.frl.spec;

import dev.frl.core.settings.MixtureSettings;
import java.util.List;
import java.util.Optional;

/** Which data sets and architectures there are. */
public interface Catalogue {
    /**
     * Empty if there is no such data set.
     *
     * @param dimensions of the images of the mixture; other data sets ignore it
     */
    Optional<DatasetShape> dataset(String name, int dimensions);

    /** Names of the data sets. */
    List<String> datasets();

    /** Names of the architectures. */
    List<String> architectures();

    /**
     * Why the architecture cannot take such images, as in {@code cnn-small does not fit images of 2 x 2: they are too small};
     * empty if it can.
     *
     * @param architecture one of {@link #architectures()}
     */
    Optional<String> whyNotFit(String architecture, DatasetShape shape);

    /**
     * The images of a data set.
     *
     * @param classes how many
     * @param channels of an image
     * @param height of an image, in pixels
     * @param width of an image, in pixels
     * @param train images of the official training set
     * @param smallestClass training images of the class that has fewest
     * @param test images of the official test set
     */
    record DatasetShape(int classes, int channels, int height, int width, int train, int smallestClass, int test) {
        /** Shape of the Gaussian mixture, with as many images as may be drawn. */
        static DatasetShape ofMixture(int dimensions) {
            int most = MixtureSettings.MOST_VALUES / dimensions;
            return new DatasetShape(2, 1, 1, dimensions, most, most / 2, most);
        }
    }
}
