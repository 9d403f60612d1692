package dev.frl.data.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.data.CatalogueEntry;
import dev.frl.data.DataException;
import dev.frl.data.SmallData;
import dev.frl.data.file.DataFile;
import dev.frl.data.file.FileCheck;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With archives of images of 3 x 2 x 3 values, whose headers are written here by hand. */
class CifarFormatTest {
    private static final String ARCHIVE = "tiny.tar.gz";
    private static final int IMAGE = 3 * 2 * 3;
    private static final CifarFormat FORMAT = new CifarFormat(ARCHIVE, 2, List.of("one.bin", "two.bin"), "test.bin");

    @TempDir
    Path folder;

    @Test
    void images_are_in_the_order_of_the_batches_and_have_their_last_label() throws IOException {
        // Given
        var files = files();
        var reversed = new LinkedHashMap<String, byte[]>();
        for (var name : List.of("a/test.bin", "a/names.txt", "a/two.bin", "a/one.bin")) {
            reversed.put(name, files.getOrDefault(name, new byte[0]));
        }
        write(SmallData.gzip(tar(reversed)));

        // When
        var dataset = FORMAT.read(entry(), folder);

        // Then
        assertThat(dataset.train().labels(new int[] {0, 1, 2, 3})).containsExactly(0, 1, 2, 3);
        assertThat(dataset.test().labels(new int[] {0, 1, 2})).containsExactly(2, 3, 0);
        assertThat(dataset.train().gather(new int[] {2}))
                .startsWith(40 / 255f, 41 / 255f)
                .endsWith(57 / 255f);
        assertThat(dataset.test().gather(new int[] {1})).startsWith(220 / 255f);
    }

    @Test
    void the_archive_is_verified_as_it_is_published() throws IOException {
        // Given
        write(SmallData.gzip(tar(files())));
        var store = new DataStore(folder, folder, Progress.NONE);
        assertThat(store.load(entry()).train().count()).isEqualTo(4);
        var changed = SmallData.gzip(tar(files()));
        changed[4] ^= 1; // of gzip's header: the content is the same

        // When
        write(changed);

        // Then
        assertThat(store.verify(entry())).extracting(FileCheck::status).containsExactly(FileCheck.Status.DAMAGED);
        assertThatThrownBy(() -> store.load(entry()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(ARCHIVE + " is damaged")
                .hasMessageContaining("frl data get tiny");
    }

    @Test
    void errors_say_what_is_wrong_and_name_the_file() throws IOException {
        var good = tar(files());
        refused(Arrays.copyOf(SmallData.gzip(good), 60), "it is cut off");
        refused(SmallData.gzip(Arrays.copyOf(good, 600)), "Truncated TAR archive");
        refused("no archive".getBytes(StandardCharsets.US_ASCII), "it lacks one.bin, test.bin, two.bin");
        refused(new byte[0], "it lacks one.bin, test.bin, two.bin");

        var lacking = files();
        lacking.remove("a/two.bin");
        refused(SmallData.gzip(tar(lacking)), "it lacks two.bin");

        refused(
                with("a/one.bin", new byte[2 * (2 + IMAGE) - 1]),
                "expected one.bin to be a plain file of 40 bytes, found 39");
        refused(with("a/one.bin", new byte[0]), "expected one.bin to be a plain file of 40 bytes, found 0");
        var label = batch(2, 3);
        label[1] = 4;
        refused(with("a/two.bin", label), "label 4 of sample 2 is not one of the 4 classes");

        // Padded as by tar: more bytes than the tar reader reads.
        var checksum = SmallData.gzip(Arrays.copyOf(good, good.length + (1 << 15)));
        write(checksum);
        assertThat(FORMAT.read(entry(), folder).test().count()).isEqualTo(3);
        checksum[checksum.length - 8]++;
        refused(checksum, "compressed data are damaged");
        assertThatThrownBy(() -> FORMAT.read(entry(), folder.resolve("nowhere")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("cannot be read: no such file");
    }

    @Test
    void a_small_file_cannot_expand_into_a_large_one() throws IOException {
        // Given: a million zeros, and a thousand entries
        var large = SmallData.gzip(tar(Map.of("a/large", new byte[1 << 20])));
        var many = files();
        for (int i = 0; i < 1_000; i++) {
            many.put("a/" + i, new byte[0]);
        }
        var name = tar(Map.of("././@LongLink", new byte[1 << 20]));
        name[156] = 'L';
        rechecked(name, 0);

        // When, Then
        refused(large, "it has more than 65536 bytes besides its images");
        refused(SmallData.gzip(tar(many)), "it has more than 32 entries");
        refused(SmallData.gzip(name), "it has more than 65536 bytes besides its images");
    }

    @Test
    void no_mutation_makes_the_reader_crash_hang_or_take_much_memory() {
        // Given
        var tar = tar(files());
        var read = new AtomicInteger();
        var refused = new AtomicInteger();

        // When, Then
        Fuzz.run("tar and gzip of CIFAR", 2_500, 2 << 20, random -> {
            int kind = random.nextInt(4);
            var file = write(
                    kind == 0
                            ? Mutations.mutate(SmallData.gzip(tar), random)
                            : SmallData.gzip(kind == 1 ? Mutations.mutate(tar, random) : header(tar, random)));
            try {
                assertThat(FORMAT.read(entry(), folder).train().count()).isEqualTo(4);
                read.incrementAndGet();
            } catch (DataException expected) {
                assertThat(expected.getMessage()).contains(file.toString());
                refused.incrementAndGet();
            }
        });
        assertThat(read)
                .as("mutations that only the checksum of the file detects")
                .hasPositiveValue();
        assertThat(refused).hasPositiveValue();
    }

    /** Changes one field of one header and makes that header's checksum right again. */
    private static byte[] header(byte[] tar, SplittableRandom random) {
        var bytes = tar.clone();
        int[] headers = {0, 1024, 2048, 3072};
        int header = headers[random.nextInt(headers.length)];
        int[] fields = {0, 2, 100, 124, 125, 135, 136, 156, 157, 257, 263, 345, 386, 482, 483};
        int field = header + fields[random.nextInt(fields.length)];
        byte[] values = {0, '7', '9', '/', 'L', 'K', 'x', 'g', 'S', '1', '5', (byte) 0x80, (byte) 0xff};
        bytes[field] = values[random.nextInt(values.length)];
        rechecked(bytes, header);
        return bytes;
    }

    private void refused(byte[] content, String what) throws IOException {
        var file = write(content);
        assertThatThrownBy(() -> FORMAT.read(entry(), folder))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(what)
                .hasMessageContaining("frl data get");
    }

    private Path write(byte[] content) throws IOException {
        return Files.write(folder.resolve(ARCHIVE), content);
    }

    private static CatalogueEntry entry() {
        var archive = SmallData.gzip(tar(files()));
        return new CatalogueEntry(
                "tiny",
                List.of("a", "b", "c", "d"),
                3,
                2,
                3,
                4,
                1,
                3,
                List.of("tiny"),
                List.of(new DataFile(ARCHIVE, archive.length, SmallData.sha256(archive))),
                FORMAT,
                List.of());
    }

    private static byte[] with(String name, byte[] content) {
        var files = files();
        files.put(name, content);
        return SmallData.gzip(tar(files));
    }

    private static Map<String, byte[]> files() {
        var files = new LinkedHashMap<String, byte[]>();
        files.put("a/one.bin", batch(0, 1));
        files.put("a/names.txt", "names".getBytes(StandardCharsets.US_ASCII));
        files.put("a/two.bin", batch(2, 3));
        files.put("a/test.bin", batch(10, 11, 12));
        return files;
    }

    /** Image i has coarse label 99, label i mod 4 and values 20 i, 20 i + 1, … */
    private static byte[] batch(int... images) {
        var bytes = new ByteArrayOutputStream();
        for (int i : images) {
            bytes.write(99);
            bytes.write(i % 4);
            for (int p = 0; p < IMAGE; p++) {
                bytes.write(20 * i + p);
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] tar(Map<String, byte[]> files) {
        var bytes = new ByteArrayOutputStream();
        files.forEach((name, content) -> {
            var header = new byte[512];
            put(header, 0, name);
            put(header, 100, "0000644");
            put(header, 108, "0000000");
            put(header, 116, "0000000");
            put(header, 124, String.format(Locale.ROOT, "%011o", content.length));
            put(header, 136, "00000000000");
            put(header, 156, "0");
            put(header, 257, "ustar");
            put(header, 263, "00");
            rechecked(header, 0);
            bytes.writeBytes(header);
            bytes.writeBytes(content);
            bytes.writeBytes(new byte[(512 - content.length % 512) % 512]);
        });
        bytes.writeBytes(new byte[1024]);
        return bytes.toByteArray();
    }

    private static void rechecked(byte[] tar, int header) {
        put(tar, header + 148, "        ");
        int sum = 0;
        for (int i = header; i < header + 512; i++) {
            sum += tar[i] & 0xff;
        }
        put(tar, header + 148, String.format(Locale.ROOT, "%06o\0 ", sum));
    }

    private static void put(byte[] into, int at, String text) {
        var bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, into, at, bytes.length);
    }
}
