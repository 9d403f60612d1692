package dev.frl.data.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.data.DataException;
import dev.frl.data.SmallData;
import dev.frl.data.file.DataFile;
import dev.frl.data.file.DataSource;
import dev.frl.data.file.FileCheck;
import dev.frl.data.file.Progress;
import dev.frl.data.format.MnistFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataStoreTest {
    @TempDir
    Path root;

    @Test
    void a_named_folder_is_used_itself_or_its_folder_of_the_data_sets_name() throws Exception {
        // Given
        var itself = SmallData.writeTo(root.resolve("mine"));
        var below = SmallData.writeTo(root.resolve("all/small"));

        // When
        var loaded = store(itself).load(SmallData.entry());
        var found = store(root.resolve("all")).get(SmallData.entry());

        // Then
        assertThat(loaded.train().count()).isEqualTo(40);
        assertThat(loaded.test().label(4)).isEqualTo(1);
        assertThat(loaded.train().gather(new int[] {2})).startsWith(14 / 255f, 15 / 255f);
        assertThat(found).isEqualTo(below);
    }

    @ParameterizedTest
    @CsvSource({
        "train-images.idx3-ubyte, t10k-labels.idx1-ubyte, .",
        "train-images.idx3-ubyte.gz, t10k-labels.idx1-ubyte.gz, .",
        "TRAIN-IMAGES-IDX3-UBYTE.GZ, t10k_labels_idx1_ubyte.gz, small",
        "train-images-idx3-ubyte, t10k-labels-idx1-ubyte, raw",
        "train-images-idx3-ubyte, t10k-labels.idx1-ubyte.gz, Small/raw"
    })
    void other_names_and_folders_of_the_same_files_are_found(String images, String labels, String below)
            throws Exception {
        // Given
        var folder = SmallData.writeTo(root.resolve("mine").resolve(below).normalize());
        rename(folder, MnistFormat.TRAIN_IMAGES, images);
        rename(folder, MnistFormat.TEST_LABELS, labels);

        // When
        var loaded = store(root.resolve("mine")).load(SmallData.entry());

        // Then
        assertThat(loaded.test().label(4)).isEqualTo(1);
    }

    private static void rename(Path folder, String from, String to) throws IOException {
        Files.move(folder.resolve(from), folder.resolve(to));
    }

    @ParameterizedTest
    @CsvSource({
        "cifar-10-python.tar.gz, a pickle",
        "cifar-10-batches-py, a pickle",
        "cifar-10-batches-bin, put cifar-10-binary.tar.gz",
        "mnist.npz, get the four IDX files",
        "cifar-10-binary.tar, as it is",
        "train-images-idx3-ubyte.xz, unpack it",
        "train-images-idx3-ubyte (1).gz, rename it",
        "train-00000-of-00001.parquet, Hugging Face"
    })
    void other_forms_of_the_data_are_named_with_what_would_be_right(String name, String what) throws IOException {
        // Given
        Files.createDirectories(root.resolve("mine/" + name));

        // When, Then
        assertThatThrownBy(() -> store(root.resolve("mine")).load(SmallData.entry()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("missing: train-images-idx3-ubyte.gz")
                .hasMessageContaining("mine/" + name + " is ")
                .hasMessageContaining(what);
    }

    @Test
    void files_that_lie_deeper_are_told_with_their_folder() throws IOException {
        // Given
        var deep = SmallData.writeTo(Files.createDirectories(root.resolve("mine/of/mine")));

        // When, Then
        assertThatThrownBy(() -> store(root.resolve("mine")).load(SmallData.entry()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(" All of them are in " + deep + ". Correct FRL_DATA");
    }

    @Test
    void a_link_that_leads_nowhere_is_told() throws IOException {
        // Given
        var mine = SmallData.writeTo(root.resolve("mine"));
        var labels = mine.resolve(MnistFormat.TEST_LABELS);
        Files.delete(labels);
        Files.createSymbolicLink(labels, root.resolve("gone"));

        // When, Then
        assertThatThrownBy(() -> store(mine).load(SmallData.entry()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("missing: " + MnistFormat.TEST_LABELS)
                .hasMessageContaining(labels + " is a link that leads nowhere.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            version https://git-lfs.github.com/spec/v1 | it is a pointer of Git LFS
            <!DOCTYPE html>                            | it is a web page
            MATLAB 7.3 MAT-file, Platform              | it is of MATLAB 7.3 (HDF5)
            """)
    void a_file_of_another_kind_is_told_as_what_it_is(String content, String told) throws IOException {
        // Given
        var mine = SmallData.writeTo(root.resolve("mine"));
        Files.writeString(mine.resolve(MnistFormat.TEST_LABELS), content);

        // When, Then
        assertThatThrownBy(() -> store(mine).load(SmallData.entry()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(told);
    }

    @Test
    void a_mirror_that_does_not_deliver_is_told_though_another_source_does() throws Exception {
        // Given
        var told = new ArrayList<String>();
        var progress = new Progress() {
            @Override
            public void at(String what, long bytes, long total) {}

            @Override
            public void mirrorPassedOver(String why) {
                told.add(why);
            }
        };
        var nowhere = DataMirror.of("http://127.0.0.1:1/copies");
        var store = new DataStore(null, List.of(), root.resolve("home"), progress, nowhere);

        // When
        store.get(SmallData.entry(new GoodSource()));

        // Then
        assertThat(told).singleElement().asString().startsWith("mirror 127.0.0.1/copies/small/: ");
    }

    @Test
    void a_mirror_is_asked_first_and_is_named_if_all_fail() {
        // Given
        var nowhere = DataMirror.of("http://127.0.0.1:1/copies");
        var store = new DataStore(null, List.of(), root.resolve("home"), Progress.NONE, nowhere);

        // When, Then
        assertThatThrownBy(() -> store.get(SmallData.entry(new DeadSource("first"))))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("Tried: mirror 127.0.0.1/copies/small/: ")
                .hasMessageContaining("mirror 127.0.0.1/copies/: ")
                .hasMessageContaining("first: no route")
                .hasMessageContaining("A proxy is named by https_proxy")
                .hasMessageContaining("FRL_DATA_MIRROR");
    }

    @ParameterizedTest
    @CsvSource({
        "http://h, http://h/, ''",
        "' https://h:8443/a/b ', https://h:8443/a/b/, ''",
        "http://me:p%40ss@[::1]:80/x/, http://[::1]:80/x/, me:p@ss",
    })
    void a_mirror_is_an_address_with_a_path_and_credentials(String url, String base, String credentials) {
        assertThat(DataMirror.of(url)).isEqualTo(new DataMirror(URI.create(base), credentials));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://me:hush@h/",
                "h/copies",
                "/mnt/hush",
                "file:///mnt/hush",
                "http://me:hush h/",
                "http://h/copies?token=hush",
                "http://h/copies#hush",
                "http:///hush",
                "http://me:hush@/x"
            })
    void what_is_no_mirror_is_told_without_a_word_of_it(String url) {
        assertThatThrownBy(() -> DataMirror.of(url))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("write http://HOST/PATH")
                .hasMessageNotContaining("hush");
    }

    @Test
    void a_named_folder_that_does_not_exist_is_an_error_even_if_the_data_is_elsewhere() {
        // Given
        SmallData.writeTo(root.resolve("system/small"));

        // When, Then
        assertThatThrownBy(() -> store(root.resolve("mistyped")).load(SmallData.entry()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("mistyped does not exist");
    }

    @Test
    void a_named_folder_that_lacks_a_file_is_an_error_that_names_it() throws IOException {
        // Given
        var mine = SmallData.writeTo(root.resolve("mine"));
        Files.delete(mine.resolve(MnistFormat.TEST_LABELS));

        // When, Then
        assertThatThrownBy(() -> store(mine).load(SmallData.entry()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("missing: t10k-labels-idx1-ubyte.gz");
    }

    @Test
    void files_that_were_uncompressed_are_as_good() throws IOException {
        // Given
        var mine = root.resolve("mine");
        Files.createDirectory(mine);
        for (var file : SmallData.contents().entrySet()) {
            Files.write(mine.resolve(file.getKey().replace(".gz", "")), file.getValue());
        }

        // When
        var checks = store(mine).verify(SmallData.entry());

        // Then
        assertThat(checks).hasSize(4).allMatch(FileCheck::ok);
    }

    @Test
    void files_that_were_compressed_once_more_are_as_good() throws IOException {
        // Given
        var mine = SmallData.writeTo(root.resolve("mine"));
        for (var file : SmallData.entry().files()) {
            var packed = new ByteArrayOutputStream();
            try (var gzip = new GZIPOutputStream(packed)) {
                gzip.write(Files.readAllBytes(mine.resolve(file.name())));
            }
            Files.write(mine.resolve(file.name()), packed.toByteArray());
        }

        // When
        var checks = store(mine).verify(SmallData.entry());

        // Then
        assertThat(checks).hasSize(4).allMatch(FileCheck::ok);
        assertThat(store(mine).load(SmallData.entry()).train().count()).isEqualTo(40);
    }

    @ParameterizedTest
    @ValueSource(strings = {"empty", "folder", "link"})
    void what_is_no_file_does_not_hide_the_unpacked_one_beside_it(String what) throws IOException {
        // Given
        var mine = SmallData.writeTo(root.resolve("mine"));
        var packed = mine.resolve(MnistFormat.TRAIN_IMAGES);
        Files.write(mine.resolve("train-images-idx3-ubyte"), SmallData.images(40));
        Files.delete(packed);
        switch (what) {
            case "empty" -> Files.createFile(packed);
            case "folder" -> Files.createDirectory(packed);
            default -> Files.createSymbolicLink(packed, Path.of("gone"));
        }

        // When
        var checks = store(mine).verify(SmallData.entry());

        // Then
        assertThat(checks.get(0).file()).isEqualTo(mine.resolve("train-images-idx3-ubyte"));
    }

    @Test
    void a_folder_in_place_of_a_file_is_a_missing_file() throws IOException {
        // Given
        var mine = SmallData.writeTo(root.resolve("mine"));
        Files.delete(mine.resolve(MnistFormat.TRAIN_IMAGES));
        Files.createDirectory(mine.resolve(MnistFormat.TRAIN_IMAGES));

        // When, Then
        assertThatThrownBy(() -> store(mine).verify(SmallData.entry()))
                .hasMessageContaining("missing: " + MnistFormat.TRAIN_IMAGES);
    }

    @Test
    void the_systems_folder_comes_before_the_cache() {
        // Given
        var system = SmallData.writeTo(root.resolve("system/small"));
        SmallData.writeTo(root.resolve("home/data/small"));

        // When
        var found = store(null).find(SmallData.entry());

        // Then
        assertThat(found).contains(system);
    }

    @Test
    void an_altered_file_is_reported_with_expected_and_found_content_and_the_command_that_repairs_it()
            throws IOException {
        // Given
        var folder = SmallData.writeTo(root.resolve("home/data/small"));
        var altered = SmallData.images(40);
        altered[50] ^= 1;
        Files.write(folder.resolve(MnistFormat.TRAIN_IMAGES), SmallData.gzip(altered));

        // When, Then
        assertThatThrownBy(() -> store(null).load(SmallData.entry()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(folder.resolve(MnistFormat.TRAIN_IMAGES) + " is damaged")
                .hasMessageContaining("expected content with SHA-256 "
                        + SmallData.entry().files().get(0).contentSha256())
                .hasMessageContaining("found ")
                .hasMessageContaining("frl data get small");
    }

    @Test
    void a_truncated_file_is_reported_and_the_others_are_verified() throws IOException {
        // Given
        var folder = SmallData.writeTo(root.resolve("home/data/small"));
        var file = folder.resolve(MnistFormat.TEST_IMAGES);
        var whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));

        // When
        var checks = store(null).verify(SmallData.entry());

        // Then
        assertThat(checks)
                .extracting(FileCheck::status)
                .containsExactly(
                        FileCheck.Status.OK, FileCheck.Status.OK, FileCheck.Status.DAMAGED, FileCheck.Status.OK);
        assertThat(checks.get(2).found()).startsWith("it is cut off");
    }

    @Test
    void a_data_set_that_is_not_on_this_machine_is_reported_with_what_to_do_and_verified_as_missing() {
        // When
        var checks = store(null).verify(SmallData.entry());

        // Then
        assertThat(checks).hasSize(4).allMatch(check -> check.status() == FileCheck.Status.MISSING);
        assertThatThrownBy(() -> store(null).load(SmallData.entry()))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "data set small is neither in %s nor in %s: run `frl data get small`, or name its folder with FRL_DATA (frl: --data)",
                        root.resolve("system/small"), root.resolve("home/data/small"));
    }

    @Test
    void a_download_continues_with_the_next_source_and_replaces_damaged_files() throws Exception {
        // Given
        var folder = SmallData.writeTo(root.resolve("home/data/small"));
        Files.writeString(folder.resolve(MnistFormat.TRAIN_LABELS), "rubbish");
        Files.writeString(folder.resolve(MnistFormat.TRAIN_LABELS + ".part"), "rubbish");
        var second = new GoodSource();

        // When
        var got = store(null).get(SmallData.entry(new DeadSource("first"), second));

        // Then
        assertThat(got).isEqualTo(folder);
        assertThat(second.brought).hasValue(1);
        assertThat(store(null).load(SmallData.entry()).train().count()).isEqualTo(40);
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void when_no_source_can_be_reached_the_error_of_each_is_reported() {
        // Given
        var entry = SmallData.entry(new DeadSource("first"), new DeadSource("second"));

        // When, Then
        assertThatThrownBy(() -> store(null).get(entry))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("first: no route; second: no route")
                .hasMessageContaining("copy the files");
    }

    @Test
    void a_damaged_file_of_the_system_does_not_hide_an_undamaged_cache() throws Exception {
        // Given
        var system = SmallData.writeTo(root.resolve("system/small"));
        Files.writeString(system.resolve(MnistFormat.TRAIN_LABELS), "rubbish");
        assertThatThrownBy(() -> store(null).load(SmallData.entry())).hasMessageContaining("frl data get small");

        // When
        store(null).get(SmallData.entry(new GoodSource()));

        // Then
        assertThat(store(null).load(SmallData.entry()).train().count()).isEqualTo(40);
    }

    @Test
    void two_downloads_at_once_download_each_file_once() throws Exception {
        // Given
        var source = new GoodSource();
        var entry = SmallData.entry(source);
        var pool = Executors.newFixedThreadPool(2);
        Callable<Path> get = () -> store(null).get(entry);

        // When
        var results = pool.invokeAll(List.of(get, get));

        // Then
        for (var result : results) {
            assertThat(result.get()).isEqualTo(root.resolve("home/data/small"));
        }
        pool.shutdown();
        assertThat(source.brought).hasValue(4);
    }

    private DataStore store(@Nullable Path named) {
        return new DataStore(named, List.of(root.resolve("system")), root.resolve("home"), Progress.NONE, null);
    }

    private record DeadSource(String name) implements DataSource {
        @Override
        public void fetch(List<DataFile> files, Path folder, Progress progress) throws IOException {
            throw new IOException("no route");
        }
    }

    private static final class GoodSource implements DataSource {
        private final AtomicInteger brought = new AtomicInteger();

        @Override
        public String name() {
            return "good";
        }

        @Override
        public void fetch(List<DataFile> files, Path folder, Progress progress) throws IOException {
            for (var file : files) {
                var content = SmallData.contents().get(file.name());
                assertThat(content).isNotNull();
                Files.write(folder.resolve(file.name()), SmallData.gzip(content == null ? new byte[0] : content));
                brought.incrementAndGet();
            }
        }
    }
}
