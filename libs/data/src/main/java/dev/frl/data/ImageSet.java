package dev.frl.data;

import java.util.Locale;
import java.util.Objects;

/**
 * Labelled images. Images that are read from files are kept as bytes, which takes a quarter of the memory of floats; images
 * that are drawn are kept as floats. Immutable and safe to share between threads.
 */
public final class ImageSet {
    /** Pixel value in [0, 1] of each byte: v / 255 rounded to float, as PyTorch's ToTensor does. */
    private static final float[] PIXEL = new float[256];

    static {
        for (int value = 0; value < PIXEL.length; value++) {
            PIXEL[value] = value / 255f;
        }
    }

    private final int channels;
    private final int height;
    private final int width;
    private final int classes;
    private final Pixels pixels;
    private final byte[] labels;

    /** Copies {@code count} pixel values, starting at {@code from}, into {@code into}, starting at {@code at}. */
    @FunctionalInterface
    private interface Pixels {
        void copy(int from, float[] into, int at, int count);
    }

    /**
     * @param classes number of classes, 1 to 256; every label is smaller
     * @param pixels unsigned bytes, [N, C, H, W], row-major; kept, not copied
     * @param labels unsigned bytes, [N]; kept, not copied
     * @throws IllegalArgumentException if the lengths do not match or a label is not below {@code classes}
     */
    public ImageSet(int channels, int height, int width, int classes, byte[] pixels, byte[] labels) {
        this(channels, height, width, classes, pixels.length, bytes(pixels), labels);
    }

    /**
     * Makes an image set of pixel values that are not multiples of 1/255.
     *
     * @param pixels pixel values in [0, 1], [N, C, H, W], row-major; kept, not copied
     * @throws IllegalArgumentException as the constructor, and if a pixel value is outside [0, 1]
     */
    public static ImageSet ofFloats(int channels, int height, int width, int classes, float[] pixels, byte[] labels) {
        for (int i = 0; i < pixels.length; i++) {
            if (!(pixels[i] >= 0 && pixels[i] <= 1)) {
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "pixel value %s at position %d is not in [0, 1]", pixels[i], i));
            }
        }
        Pixels floats = (from, into, at, count) -> System.arraycopy(pixels, from, into, at, count);
        return new ImageSet(channels, height, width, classes, pixels.length, floats, labels);
    }

    private ImageSet(int channels, int height, int width, int classes, int values, Pixels pixels, byte[] labels) {
        if (channels < 1 || height < 1 || width < 1 || classes < 1 || classes > 256) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "expected positive channels, height and width and 1 to 256 classes, got %d, %d, %d, %d",
                    channels,
                    height,
                    width,
                    classes));
        }
        if ((long) labels.length * channels * height * width != values) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%d labels of images of %d x %d x %d need %d pixel values, got %d",
                    labels.length,
                    channels,
                    height,
                    width,
                    (long) labels.length * channels * height * width,
                    values));
        }
        for (int i = 0; i < labels.length; i++) {
            if ((labels[i] & 0xff) >= classes) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "label %d of sample %d is not one of the %d classes",
                        labels[i] & 0xff,
                        i,
                        classes));
            }
        }
        this.channels = channels;
        this.height = height;
        this.width = width;
        this.classes = classes;
        this.pixels = pixels;
        this.labels = labels;
    }

    private static Pixels bytes(byte[] pixels) {
        return (from, into, at, count) -> {
            for (int p = 0; p < count; p++) {
                into[at + p] = PIXEL[pixels[from + p] & 0xff];
            }
        };
    }

    /** Number of samples, N. */
    public int count() {
        return labels.length;
    }

    public int classes() {
        return classes;
    }

    /** Values in one image: C × H × W. */
    public int pixelsPerImage() {
        return channels * height * width;
    }

    /** Class of sample {@code i}, from 0. */
    public int label(int i) {
        return labels[i] & 0xff;
    }

    /** Classes of the given samples, shape [N]. */
    public int[] labels(int[] indices) {
        var result = new int[indices.length];
        for (int n = 0; n < indices.length; n++) {
            result[n] = label(indices[n]);
        }
        return result;
    }

    /**
     * Writes the given samples into {@code into}, in their order, as pixel values in [0, 1].
     *
     * @param indices shape [N]; repeats are allowed
     * @param into shape [N, C, H, W]
     * @throws IllegalArgumentException if {@code into} has another size
     * @throws IndexOutOfBoundsException if an index is not that of a sample
     */
    public void gather(int[] indices, float[] into) {
        int size = pixelsPerImage();
        if ((long) indices.length * size != into.length) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%d images of %d values need an array of %d, got %d",
                    indices.length,
                    size,
                    (long) indices.length * size,
                    into.length));
        }
        for (int n = 0; n < indices.length; n++) {
            Objects.checkIndex(indices[n], count());
            pixels.copy(indices[n] * size, into, n * size, size);
        }
    }

    /** The given samples as a new array, [N, C, H, W], in [0, 1]. */
    public float[] gather(int[] indices) {
        var into = new float[Math.multiplyExact(indices.length, pixelsPerImage())];
        gather(indices, into);
        return into;
    }

    /** How many of the given samples belong to each class, shape [classes]; 0 for a class that does not occur. */
    public int[] countsPerClass(int[] indices) {
        var counts = new int[classes];
        for (int i : indices) {
            counts[label(i)]++;
        }
        return counts;
    }
}
