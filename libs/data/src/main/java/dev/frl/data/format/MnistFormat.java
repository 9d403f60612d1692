package dev.frl.data.format;

import dev.frl.data.CatalogueEntry;
import dev.frl.data.Dataset;
import dev.frl.data.ImageSet;
import dev.frl.data.file.DataFile;
import java.nio.file.Path;

/** The layout of MNIST and Fashion-MNIST: four IDX files, images [N, H, W] of one channel and labels [N]. */
public final class MnistFormat implements CatalogueEntry.Format {
    public static final String TRAIN_IMAGES = "train-images-idx3-ubyte.gz";
    public static final String TRAIN_LABELS = "train-labels-idx1-ubyte.gz";
    public static final String TEST_IMAGES = "t10k-images-idx3-ubyte.gz";
    public static final String TEST_LABELS = "t10k-labels-idx1-ubyte.gz";

    @Override
    public Dataset read(CatalogueEntry entry, Path folder) {
        return new Dataset(
                entry,
                images(entry, folder, TRAIN_IMAGES, TRAIN_LABELS, entry.trainSize()),
                images(entry, folder, TEST_IMAGES, TEST_LABELS, entry.testSize()));
    }

    private static ImageSet images(CatalogueEntry entry, Path folder, String images, String labels, int count) {
        var pixels = IdxReader.read(DataFile.find(folder, images), count, entry.height(), entry.width());
        var labelFile = DataFile.find(folder, labels);
        return entry.images(labelFile, pixels, IdxReader.read(labelFile, count));
    }
}
