package dev.frl.data.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.frl.core.settings.DatasetSettings.SplitSettings.SplitMethod;
import dev.frl.data.ImageSet;
import dev.frl.data.Split;
import dev.frl.data.file.DataFile;
import dev.frl.data.file.Progress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatasetsTest {
    @Test
    void a_content_that_is_published_under_another_name_is_known() {
        // Given
        var other = Datasets.named("mnist").files().get(1);

        // When, Then
        assertThat(Datasets.whoseContent(other.contentSha256())).contains("train-labels-idx1-ubyte.gz of mnist");
        assertThat(Datasets.whoseContent("0".repeat(64))).isEmpty();
    }

    @Test
    void fashion_mnist_is_known_without_its_files() {
        // When
        var entry = Datasets.named("fashion-mnist");

        // Then
        assertThat(entry.classNames()).hasSize(10).startsWith("T-shirt/top").endsWith("Ankle boot");
        assertThat(entry.files().stream().mapToLong(DataFile::contentBytes))
                .containsExactly(60_000 * 784L + 16, 60_000 + 8L, 10_000 * 784L + 16, 10_000 + 8L);
        assertThat(entry.smallestClass()).isEqualTo(6_000);
        entry.requireOffers(58_000, 2_000, 10_000, SplitMethod.SEEDED);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "fashion-mnist, 10,  1, 28, 60000, 10000",
        "mnist,         10,  1, 28, 60000, 10000",
        "cifar10,       10,  3, 32, 50000, 10000",
        "cifar100,      100, 3, 32, 50000, 10000",
        "svhn,          10,  3, 32, 73257, 26032",
    })
    void the_numbers_that_specs_rely_on_are_known_without_the_files(
            String name, int classes, int channels, int size, int train, int test) {
        // When
        var entry = Datasets.named(name);

        // Then
        assertThat(entry.name()).isEqualTo(name);
        assertThat(entry.classNames()).hasSize(classes).doesNotHaveDuplicates().noneMatch(String::isBlank);
        assertThat(List.of(entry.channels(), entry.height(), entry.width(), entry.trainSize(), entry.testSize()))
                .containsExactly(channels, size, size, train, test);
        assertThat(entry.sources()).isNotEmpty();
        assertThat(entry.folders()).contains(name);
    }

    @Test
    void no_two_files_have_the_same_checksum() {
        // When
        var checksums = Datasets.names().stream()
                .flatMap(name -> Datasets.named(name).files().stream())
                .map(DataFile::contentSha256)
                .toList();

        // Then
        assertThat(checksums).hasSize(12).doesNotHaveDuplicates();
    }

    @Test
    void mnist_has_files_of_the_sizes_that_its_format_implies() {
        assertThat(Datasets.named("mnist").files().stream().mapToLong(DataFile::contentBytes))
                .containsExactly(60_000 * 784L + 16, 60_000 + 8L, 10_000 * 784L + 16, 10_000 + 8L);
    }

    @Test
    void an_unknown_name_is_refused_with_the_known_names() {
        assertThatThrownBy(() -> Datasets.named("fashion"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("data set fashion is unknown; known: fashion-mnist, mnist, cifar10, cifar100, svhn");
    }

    @Test
    void fashion_mnist_as_published_has_6000_training_images_of_each_class(@TempDir Path home) {
        // Given
        var entry = Datasets.named("fashion-mnist");
        var store = new DataStore(null, home, Progress.NONE);
        assumeTrue(store.find(entry).isPresent(), "SKIPPED: fashion-mnist is not installed on this machine");

        // When
        var dataset = store.load(entry);

        // Then
        var split = Split.of(dataset, 60_000, 0, 10_000, 1);
        assertThat(split.train().countsPerClass()).hasSize(10).containsOnly(entry.smallestClass());
        assertThat(split.test().countsPerClass()).hasSize(10).containsOnly(1_000);
        // The first training image is an ankle boot; the mean pixel of this set is known to be 0.2860.
        assertThat(dataset.train().label(0)).isEqualTo(9);
        assertThat(mean(dataset.train())).isCloseTo(0.2860, within(5e-5));
    }

    private static double mean(ImageSet images) {
        double sum = 0;
        var one = new float[images.pixelsPerImage()];
        for (int i = 0; i < images.count(); i++) {
            images.gather(new int[] {i}, one);
            for (float pixel : one) {
                sum += pixel;
            }
        }
        return sum / ((double) images.count() * one.length);
    }
}
