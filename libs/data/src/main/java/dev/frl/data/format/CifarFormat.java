package dev.frl.data.format;

import dev.frl.data.CatalogueEntry;
import dev.frl.data.DataException;
import dev.frl.data.Dataset;
import dev.frl.data.file.DataFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * The binary version of CIFAR-10 and CIFAR-100, read directly from the published {@code .tar.gz}.
 *
 * <pre>
 *   a batch     images, one after another
 *   an image    labels (CIFAR-10: 1 byte; CIFAR-100: the coarse one, then the fine one), then pixels [C, H, W]
 * </pre>
 *
 * The last label of an image is used. Nothing is unpacked to disk, and only the last name of an entry's path is read, to tell
 * the batches apart. A batch must have the size that the catalogue implies, and everything else together may not be larger than
 * headers and name lists need, so a small file cannot expand into a large one.
 */
public final class CifarFormat implements CatalogueEntry.Format {
    private static final int MOST_ENTRIES = 32;
    private static final int MOST_BYTES_BESIDE_BATCHES = 1 << 16;
    private static final String TOO_MUCH =
            String.format(Locale.ROOT, "it has more than %d bytes besides its images", MOST_BYTES_BESIDE_BATCHES);

    private final String archive;
    private final int labelBytes;
    private final List<String> trainBatches;
    private final String testBatch;

    /**
     * @param archive name of the file
     * @param labelBytes label bytes of one image, at least 1
     * @param trainBatches files in the archive with the training images, in this order and of equal size
     * @param testBatch file in the archive with the test images
     */
    public CifarFormat(String archive, int labelBytes, List<String> trainBatches, String testBatch) {
        this.archive = archive;
        this.labelBytes = labelBytes;
        this.trainBatches = List.copyOf(trainBatches);
        this.testBatch = testBatch;
    }

    @Override
    public Dataset read(CatalogueEntry entry, Path folder) {
        var file = DataFile.find(folder, archive);
        int bytesPerImage = entry.channels() * entry.height() * entry.width();
        var train = new Images(entry.trainSize(), bytesPerImage);
        var test = new Images(entry.testSize(), bytesPerImage);
        var batches = new HashMap<String, Batch>();
        int count = entry.trainSize() / trainBatches.size();
        for (int b = 0; b < trainBatches.size(); b++) {
            batches.put(trainBatches.get(b), new Batch(train, b * count, count));
        }
        batches.put(testBatch, new Batch(test, 0, entry.testSize()));
        readAll(file, batches);
        return new Dataset(
                entry, entry.images(file, train.pixels, train.labels), entry.images(file, test.pixels, test.labels));
    }

    private void readAll(Path file, Map<String, Batch> batches) {
        try (var in = new Bounded(DataFile.content(file), MOST_BYTES_BESIDE_BATCHES)) {
            try {
                readEntries(file, in, batches);
            } catch (IOException | IllegalArgumentException e) {
                throw DataException.unreadable(file.toString(), in.left() == 0 ? TOO_MUCH : reason(e), e);
            }
            if (in.left() == 0) {
                throw DataException.unreadable(file.toString(), TOO_MUCH, null);
            }
            if (!batches.isEmpty()) {
                var missing = batches.keySet().stream().sorted().toList();
                throw DataException.unreadable(file.toString(), "it lacks " + String.join(", ", missing), null);
            }
        } catch (IOException e) {
            throw DataException.unreadable(file.toString(), DataFile.reason(e), e);
        }
    }

    /** Removes the batches that it has read from {@code batches}. */
    private void readEntries(Path file, Bounded in, Map<String, Batch> batches) throws IOException {
        var tar = new TarArchiveInputStream(in);
        int entries = 0;
        for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
            if (++entries > MOST_ENTRIES) {
                throw DataException.unreadable(
                        file.toString(), String.format(Locale.ROOT, "it has more than %d entries", MOST_ENTRIES), null);
            }
            var name = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
            var batch = batches.remove(name);
            if (batch != null) {
                long bytes = batch.bytes(labelBytes);
                if (!entry.isFile() || entry.isSparse() || entry.getSize() != bytes) {
                    throw DataException.unreadable(
                            file.toString(),
                            String.format(
                                    Locale.ROOT,
                                    "expected %s to be a plain file of %d bytes, found %d bytes or another kind of file",
                                    name,
                                    bytes,
                                    entry.getSize()),
                            null);
                }
                in.allow(bytes);
                batch.read(tar, labelBytes);
            }
        }
        // Read to the end, where gzip has its checksum.
        in.transferTo(OutputStream.nullOutputStream());
    }

    private static String reason(Exception e) {
        return e instanceof IOException io ? DataFile.reason(io) : String.valueOf(e.getMessage());
    }

    /** Training or test images while they are read. */
    private static final class Images {
        final int bytesPerImage;
        final byte[] pixels;
        final byte[] labels;

        Images(int count, int bytesPerImage) {
            this.bytesPerImage = bytesPerImage;
            this.pixels = new byte[Math.multiplyExact(count, bytesPerImage)];
            this.labels = new byte[count];
        }
    }

    /** One file of the archive: {@code count} images, starting at {@code first}. */
    private record Batch(Images images, int first, int count) {
        long bytes(int labelBytes) {
            return (long) count * (labelBytes + images.bytesPerImage);
        }

        void read(InputStream in, int labelBytes) throws IOException {
            var label = new byte[labelBytes];
            for (int i = first; i < first + count; i++) {
                fill(in, label, 0, labelBytes);
                images.labels[i] = label[labelBytes - 1];
                fill(in, images.pixels, i * images.bytesPerImage, images.bytesPerImage);
            }
        }

        private static void fill(InputStream in, byte[] into, int offset, int length) throws IOException {
            if (in.readNBytes(into, offset, length) < length) {
                throw new EOFException();
            }
        }
    }
}
