package dev.frl.data;

import dev.frl.data.file.DataFile;
import dev.frl.data.file.DataSource;
import dev.frl.data.format.MnistFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** A data set in MNIST's format with 40 training and 10 test images of 3 x 2 pixels and 3 classes. */
public final class SmallData {
    static final int HEIGHT = 3;
    static final int WIDTH = 2;

    private SmallData() {}

    /** Content of each file, by name. Pixel p of image i is 7 i + p; the label of image i is i mod 3. */
    public static Map<String, byte[]> contents() {
        var contents = new LinkedHashMap<String, byte[]>();
        contents.put(MnistFormat.TRAIN_IMAGES, images(40));
        contents.put(MnistFormat.TRAIN_LABELS, labels(40));
        contents.put(MnistFormat.TEST_IMAGES, images(10));
        contents.put(MnistFormat.TEST_LABELS, labels(10));
        return contents;
    }

    public static CatalogueEntry entry(DataSource... sources) {
        return new CatalogueEntry(
                "small",
                List.of("a", "b", "c"),
                1,
                HEIGHT,
                WIDTH,
                40,
                13,
                10,
                List.of("small"),
                contents().entrySet().stream()
                        .map(file -> new DataFile(file.getKey(), file.getValue().length, sha256(file.getValue())))
                        .toList(),
                new MnistFormat(),
                List.of(sources));
    }

    /** Writes all files, compressed. */
    public static Path writeTo(Path folder) {
        try {
            Files.createDirectories(folder);
            for (var file : contents().entrySet()) {
                Files.write(folder.resolve(file.getKey()), gzip(file.getValue()));
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Dataset dataset() {
        return new Dataset(entry(), imageSet(40), imageSet(10));
    }

    public static byte[] images(int count) {
        var values = new byte[count * HEIGHT * WIDTH];
        for (int v = 0; v < values.length; v++) {
            values[v] = (byte) (7 * (v / (HEIGHT * WIDTH)) + v % (HEIGHT * WIDTH));
        }
        return idx(values, count, HEIGHT, WIDTH);
    }

    public static byte[] labels(int count) {
        var values = new byte[count];
        for (int i = 0; i < count; i++) {
            values[i] = (byte) (i % 3);
        }
        return idx(values, count);
    }

    public static byte[] idx(byte[] values, int... shape) {
        var buffer = ByteBuffer.allocate(4 + 4 * shape.length + values.length).putInt(0x0800 + shape.length);
        for (int size : shape) {
            buffer.putInt(size);
        }
        return buffer.put(values).array();
    }

    public static byte[] gzip(byte[] content) {
        var bytes = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static ImageSet imageSet(int count) {
        var images = images(count);
        var labels = labels(count);
        return new ImageSet(
                1,
                HEIGHT,
                WIDTH,
                3,
                Arrays.copyOfRange(images, 16, images.length),
                Arrays.copyOfRange(labels, 8, labels.length));
    }

    public static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
