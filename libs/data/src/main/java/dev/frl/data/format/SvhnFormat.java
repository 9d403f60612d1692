package dev.frl.data.format;

import dev.frl.data.CatalogueEntry;
import dev.frl.data.DataException;
import dev.frl.data.Dataset;
import dev.frl.data.ImageSet;
import dev.frl.data.file.DataFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * SVHN's cropped digits: two MATLAB files, each with images {@code X} [H, W, C, N] and labels {@code y} [N, 1], both of
 * unsigned bytes. Labels are 1 to 10; 10 stands for the digit 0.
 */
public final class SvhnFormat implements CatalogueEntry.Format {
    public static final String TRAIN = "train_32x32.mat";
    public static final String TEST = "test_32x32.mat";

    @Override
    public Dataset read(CatalogueEntry entry, Path folder) {
        return new Dataset(
                entry,
                images(entry, DataFile.find(folder, TRAIN), entry.trainSize()),
                images(entry, DataFile.find(folder, TEST), entry.testSize()));
    }

    private static ImageSet images(CatalogueEntry entry, Path file, int count) {
        var variables = MatReader.read(
                file,
                Map.of(
                        "X", new int[] {entry.height(), entry.width(), entry.channels(), count},
                        "y", new int[] {count, 1}));
        var pixels = variables.get("X");
        var labels = variables.get("y");
        if (pixels == null || labels == null) {
            throw new AssertionError("MatReader returns every expected variable");
        }
        toRowMajor(pixels, entry.height(), entry.width());
        for (int i = 0; i < count; i++) {
            labels[i] = digit(file, i, labels[i] & 0xff);
        }
        return entry.images(file, pixels, labels);
    }

    private static byte digit(Path file, int sample, int label) {
        if (label < 1 || label > 10) {
            throw DataException.unreadable(
                    file.toString(),
                    String.format(Locale.ROOT, "label %d of sample %d is not one of 1 to 10", label, sample),
                    null);
        }
        return (byte) (label % 10);
    }

    /** Column-major [H, W, C, N] is row-major [N, C, W, H]: each plane is transposed in place. */
    private static void toRowMajor(byte[] pixels, int height, int width) {
        int size = height * width;
        for (int at = 0; at < pixels.length; at += size) {
            var plane = Arrays.copyOfRange(pixels, at, at + size);
            for (int h = 0; h < height; h++) {
                for (int w = 0; w < width; w++) {
                    pixels[at + h * width + w] = plane[w * height + h];
                }
            }
        }
    }
}
