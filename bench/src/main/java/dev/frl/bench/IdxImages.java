package dev.frl.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Images and labels out of two gzipped IDX files. */
final class IdxImages {
    private static final int IMAGE_HEADER = 16;
    private static final int LABEL_HEADER = 8;

    private final ByteBuffer images;
    private final ByteBuffer labels;

    private IdxImages(ByteBuffer images, ByteBuffer labels) {
        this.images = images;
        this.labels = labels;
    }

    /** @param part {@code train} or {@code t10k} */
    static IdxImages read(Path folder, String part) {
        return new IdxImages(
                unzip(folder.resolve(part + "-images-idx3-ubyte.gz")),
                unzip(folder.resolve(part + "-labels-idx1-ubyte.gz")));
    }

    int count() {
        return images.getInt(4);
    }

    int height() {
        return images.getInt(8);
    }

    int width() {
        return images.getInt(12);
    }

    /** Shape [which, H, W], in [0, 1]. */
    float[] pixels(int[] which) {
        int size = height() * width();
        var pixels = new float[which.length * size];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (images.get(IMAGE_HEADER + which[i / size] * size + i % size) & 0xff) / 255f;
        }
        return pixels;
    }

    int[] labels(int[] which) {
        var chosen = new int[which.length];
        for (int i = 0; i < chosen.length; i++) {
            chosen[i] = labels.get(LABEL_HEADER + which[i]);
        }
        return chosen;
    }

    private static ByteBuffer unzip(Path file) {
        try (var stream = new GZIPInputStream(Files.newInputStream(file))) {
            return ByteBuffer.wrap(stream.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
