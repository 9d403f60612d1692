package dev.frl.data.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.data.DataException;
import dev.frl.data.SmallData;
import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxReaderTest {
    private static final byte[] VALUES = {0, 1, 2, 3, 4, 5, (byte) 250, 7, 8, 9, 10, 11};
    private static final byte[] GOOD = SmallData.idx(VALUES, 2, 3, 2);

    @TempDir
    Path folder;

    @Test
    void a_file_is_read_compressed_or_not() throws IOException {
        // Given
        var plain = write(GOOD);
        var compressed = Files.write(folder.resolve("b.gz"), SmallData.gzip(GOOD));

        // When
        var fromPlain = IdxReader.read(plain, 2, 3, 2);
        var fromCompressed = IdxReader.read(compressed, 2, 3, 2);

        // Then
        assertThat(fromPlain).isEqualTo(VALUES);
        assertThat(fromCompressed).isEqualTo(VALUES);
    }

    @Test
    void errors_say_what_is_wrong_and_name_the_file() throws IOException {
        refused(new byte[0], "does not start like an IDX file");
        refused(new byte[] {1, 2, 3, 4, 5}, "does not start like an IDX file");
        refused(changed(2, 0x0d), "found type 0x0d and 3");
        refused(changed(3, 1), "found type 0x08 and 1");
        refused(changed(7, 3), "expected shape [2, 3, 2], found [3, 3, 2]");
        refused(changed(4, 0xff), "found [4278190082, 3, 2]");
        refused(Arrays.copyOf(GOOD, 14), "it is cut off");
        refused(Arrays.copyOf(GOOD, GOOD.length - 1), "it ends after 11 of 12 values");
        refused(Arrays.copyOf(GOOD, GOOD.length + 1), "it continues after its 12 values");
        var compressed = SmallData.gzip(GOOD);
        refused(Arrays.copyOf(compressed, compressed.length - 12), "it is cut off");
        compressed[compressed.length - 8]++;
        refused(compressed, "compressed data are damaged");
        assertThatThrownBy(() -> IdxReader.read(folder.resolve("nowhere"), 1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("nowhere cannot be read: no such file");
    }

    @Test
    void no_mutation_makes_the_reader_crash_hang_or_take_much_memory() {
        // Given
        byte[][] originals = {GOOD, SmallData.gzip(GOOD)};
        var read = new AtomicInteger();
        var refused = new AtomicInteger();

        // When, Then
        Fuzz.run("IDX", 8_000, 1 << 20, random -> {
            var file = write(Mutations.mutate(originals[random.nextInt(2)], random));
            try {
                assertThat(IdxReader.read(file, 2, 3, 2)).hasSize(12);
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

    private void refused(byte[] content, String what) throws IOException {
        var file = write(content);
        assertThatThrownBy(() -> IdxReader.read(file, 2, 3, 2))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(what)
                .hasMessageContaining("frl data get");
    }

    private Path write(byte[] content) throws IOException {
        return Files.write(folder.resolve("images"), content);
    }

    private static byte[] changed(int position, int value) {
        var copy = GOOD.clone();
        copy[position] = (byte) value;
        return copy;
    }
}
