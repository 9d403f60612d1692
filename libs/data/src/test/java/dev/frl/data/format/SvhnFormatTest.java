package dev.frl.data.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.data.CatalogueEntry;
import dev.frl.data.DataException;
import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.MatFile;
import us.hebi.matlab.mat.types.MatlabType;
import us.hebi.matlab.mat.types.Matrix;
import us.hebi.matlab.mat.types.Sinks;

/** With files of images of 2 rows, 3 columns and 3 channels, written by another library. */
class SvhnFormatTest {
    private static final int HEIGHT = 2;
    private static final int WIDTH = 3;
    private static final int CHANNELS = 3;
    private static final int TRAIN = 12;
    private static final int TEST = 3;
    private static final SvhnFormat FORMAT = new SvhnFormat();

    @TempDir
    Path folder;

    @BeforeEach
    void files() throws IOException {
        write(SvhnFormat.TRAIN, TRAIN, Deflater.DEFAULT_COMPRESSION);
        write(SvhnFormat.TEST, TEST, Deflater.DEFAULT_COMPRESSION);
    }

    @ParameterizedTest(name = "deflate level {0}")
    @ValueSource(ints = {Deflater.NO_COMPRESSION, Deflater.BEST_SPEED})
    void each_value_is_where_its_channel_row_and_column_put_it(int level) throws IOException {
        // Given
        write(SvhnFormat.TRAIN, TRAIN, level);

        // When
        var dataset = FORMAT.read(entry(), folder);

        // Then
        for (int n = 0; n < TRAIN; n++) {
            var image = dataset.train().gather(new int[] {n});
            int at = 0;
            for (int c = 0; c < CHANNELS; c++) {
                for (int h = 0; h < HEIGHT; h++) {
                    for (int w = 0; w < WIDTH; w++) {
                        assertThat(image[at++])
                                .as("image %d, channel %d, row %d, column %d", n, c, h, w)
                                .isEqualTo(pixel(n, c, h, w) / 255f);
                    }
                }
            }
        }
    }

    @Test
    void label_10_is_the_digit_0_and_the_others_are_themselves() {
        // When
        var dataset = FORMAT.read(entry(), folder);

        // Then
        assertThat(dataset.train().labels(new int[] {0, 1, 8, 9, 10, 11})).containsExactly(1, 2, 9, 0, 1, 2);
        assertThat(dataset.test().labels(new int[] {0, 1, 2})).containsExactly(1, 2, 3);
    }

    @Test
    void other_variables_are_skipped() throws IOException {
        // Given
        var file = variables(TRAIN).addArray("note", Mat5.newString("of no use"));
        write(SvhnFormat.TRAIN, file, Deflater.BEST_SPEED);

        // When
        var dataset = FORMAT.read(entry(), folder);

        // Then
        assertThat(dataset.train().count()).isEqualTo(TRAIN);
    }

    @Test
    void errors_say_what_is_wrong_and_name_the_file() throws IOException {
        var good = Files.readAllBytes(folder.resolve(SvhnFormat.TRAIN));
        refused(new byte[0], "does not start like a MATLAB 5 file");
        refused(Arrays.copyOf(good, 127), "does not start like a MATLAB 5 file");
        refused(Arrays.copyOf(good, 132), "it is cut off");
        refused(Arrays.copyOf(good, 128), "it has no variable");
        refused(Arrays.copyOf(good, good.length - 1), "it is cut off");
        refused(changed(good, 127, 'I'), "does not start like a MATLAB 5 file");
        refused(changed(good, 128, 3), "it has an element of type 3 at its outermost level");
        refused(changed(good, 136, 0), "compressed data are damaged");

        refused(Mat5.newMatFile().addArray("X", images(TRAIN)), "it has no variable y");
        refused(Mat5.newMatFile().addArray("y", labels(TRAIN)), "it has no variable X");
        refused(variables(TRAIN + 1), "expected X of shape [2, 3, 3, 12], found [2, 3, 3, 13]");
        refused(
                Mat5.newMatFile().addArray("X", images(TRAIN)).addArray("y", labels(TRAIN - 1)),
                "expected y of shape [12, 1], found [11, 1]");
        refused(
                Mat5.newMatFile().addArray("X", Mat5.newMatrix(2, 3)).addArray("y", labels(TRAIN)),
                "variable X is not an array of unsigned bytes");
        refused(withLabel(11), "label 11 of sample 4 is not one of 1 to 10");
        refused(withLabel(0), "label 0 of sample 4 is not one of 1 to 10");
        assertThatThrownBy(() -> FORMAT.read(entry(), folder.resolve("nowhere")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("cannot be read: no such file");
    }

    @Test
    void a_small_file_cannot_expand_into_a_large_one() throws IOException {
        // Given: names of 64 MiB, compressed; and a matrix that goes on
        var name = new ByteArrayOutputStream();
        name.writeBytes(ints(14, 1 << 26, 6, 8, 9, 0, 5, 8, 2, 3, 1, 1 << 26));
        name.writeBytes(new byte[1 << 26]);
        var longer = new ByteArrayOutputStream();
        longer.writeBytes(ints(14, 1 << 26, 6, 8, 9, 0, 5, 16, 2, 3, 3, 12, 1 << 16 | 1, 'X', 2, 216));
        longer.writeBytes(new byte[1 << 20]);

        // When, Then
        refused(file(name.toByteArray()), "expected name of type 1 and at most 64 bytes, found type 1 and 67108864");
        refused(file(longer.toByteArray()), "X continues after its 216 values");
    }

    @Test
    void no_mutation_makes_the_reader_crash_hang_or_take_much_memory() throws IOException {
        // Given
        var compressed = Files.readAllBytes(folder.resolve(SvhnFormat.TRAIN));
        write(SvhnFormat.TRAIN, TRAIN, Deflater.NO_COMPRESSION);
        var plain = Files.readAllBytes(folder.resolve(SvhnFormat.TRAIN));
        var read = new AtomicInteger();
        var refused = new AtomicInteger();

        // When, Then
        Fuzz.run("MAT of SVHN", 3_000, 2 << 20, random -> {
            var file = Files.write(
                    folder.resolve(SvhnFormat.TRAIN),
                    Mutations.mutate(random.nextInt(3) == 0 ? compressed : plain, random));
            try {
                assertThat(FORMAT.read(entry(), folder).train().count()).isEqualTo(TRAIN);
                read.incrementAndGet();
            } catch (DataException expected) {
                assertThat(expected.getMessage()).contains(file.toString());
                refused.incrementAndGet();
            }
        });
        assertThat(read)
                .as("mutations of pixel values, which only a checksum detects")
                .hasPositiveValue();
        assertThat(refused).hasPositiveValue();
    }

    private void refused(MatFile file, String what) throws IOException {
        write(SvhnFormat.TRAIN, file, Deflater.BEST_SPEED);
        refused(Files.readAllBytes(folder.resolve(SvhnFormat.TRAIN)), what);
    }

    private void refused(byte[] content, String what) throws IOException {
        var file = Files.write(folder.resolve(SvhnFormat.TRAIN), content);
        assertThatThrownBy(() -> FORMAT.read(entry(), folder))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(what)
                .hasMessageContaining("frl data get");
    }

    private static CatalogueEntry entry() {
        return new CatalogueEntry(
                "tiny",
                List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
                CHANNELS,
                HEIGHT,
                WIDTH,
                TRAIN,
                1,
                TEST,
                List.of("tiny"),
                List.of(),
                FORMAT,
                List.of());
    }

    private void write(String name, int count, int level) throws IOException {
        write(name, variables(count), level);
    }

    private void write(String name, MatFile file, int level) throws IOException {
        Files.deleteIfExists(folder.resolve(name));
        try (var sink = Sinks.newStreamingFile(folder.resolve(name).toFile())) {
            Mat5.newWriter(sink).setDeflateLevel(level).writeMat(file);
        }
    }

    private static MatFile variables(int count) {
        return Mat5.newMatFile().addArray("X", images(count)).addArray("y", labels(count));
    }

    private static MatFile withLabel(int label) {
        var labels = labels(TRAIN);
        labels.setInt(4, label);
        return Mat5.newMatFile().addArray("X", images(TRAIN)).addArray("y", labels);
    }

    private static Matrix images(int count) {
        var images = Mat5.newMatrix(new int[] {HEIGHT, WIDTH, CHANNELS, count}, MatlabType.UInt8);
        for (int n = 0; n < count; n++) {
            for (int c = 0; c < CHANNELS; c++) {
                for (int h = 0; h < HEIGHT; h++) {
                    for (int w = 0; w < WIDTH; w++) {
                        images.setInt(new int[] {h, w, c, n}, pixel(n, c, h, w));
                    }
                }
            }
        }
        return images;
    }

    /** All of them differ. */
    private static int pixel(int n, int c, int h, int w) {
        return 18 * n + 6 * c + 3 * h + w;
    }

    private static Matrix labels(int count) {
        var labels = Mat5.newMatrix(new int[] {count, 1}, MatlabType.UInt8);
        for (int n = 0; n < count; n++) {
            labels.setInt(n, n % 10 + 1);
        }
        return labels;
    }

    private static byte[] changed(byte[] original, int position, int value) {
        var copy = original.clone();
        copy[position] = (byte) value;
        return copy;
    }

    /** A file of one compressed element. */
    private static byte[] file(byte[] element) throws IOException {
        var compressed = new ByteArrayOutputStream();
        try (var out = new DeflaterOutputStream(compressed)) {
            out.write(element);
        }
        var header = new byte[128];
        header[125] = 1;
        header[126] = 'I';
        header[127] = 'M';
        var file = new ByteArrayOutputStream();
        file.writeBytes(header);
        file.writeBytes(ints(15, compressed.size()));
        compressed.writeTo(file);
        return file.toByteArray();
    }

    private static byte[] ints(int... values) {
        var buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asIntBuffer().put(values);
        return buffer.array();
    }
}
