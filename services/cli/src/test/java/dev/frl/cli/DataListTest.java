package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.cli.terminal.PrettyJson;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataListTest {
    @TempDir
    Path directory;

    @Test
    void every_data_set_is_shown_with_its_sizes_and_where_it_is() throws Exception {
        // Given
        var context = new TestContext(directory);
        Path folder = Files.createDirectories(directory.resolve("sets/cifar10"));
        Files.writeString(folder.resolve("cifar-10-binary.tar.gz"), "not looked at");

        // When
        int code = context.frl("data", "list", "--data", "sets", "-o", "json");

        // Then
        assertThat(code).isZero();
        var json = PrettyJson.MAPPER.readTree(context.out.toString());
        assertThat(json.findValuesAsText("name"))
                .containsExactly("fashion-mnist", "mnist", "cifar10", "cifar100", "svhn", "gaussian-mixture");
        assertThat(json.at("/2/folder").asText()).endsWith("sets/cifar10");
        assertThat(json.at("/3/folder").isNull()).isTrue();
        assertThat(json.at("/3/classes").asInt()).isEqualTo(100);
        assertThat(json.at("/4/image").asText()).isEqualTo("3 x 32 x 32");
        assertThat(json.at("/4/train").asInt()).isEqualTo(73_257);
        assertThat(json.at("/4/test").asInt()).isEqualTo(26_032);
    }

    @ParameterizedTest
    @ValueSource(strings = {"get", "verify"})
    void what_is_drawn_has_nothing_to_fetch_or_verify(String what) {
        // Given
        var context = new TestContext(directory);

        // When
        int code = context.frl("data", what, "gaussian-mixture");

        // Then
        assertThat(code).isZero();
        assertThat(context.out.toString()).isEmpty();
        assertThat(context.err.toString())
                .isEqualToNormalizingNewlines(
                        "gaussian-mixture has no files: its samples are drawn when a run needs them.\n");
    }

    @Test
    void a_mistyped_folder_is_not_an_empty_one() {
        // Given
        var context = new TestContext(directory);

        // When
        int code = context.frl("data", "list", "--data", "nowhere");

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString()).startsWith("frl data list: there is no folder ");
    }
}
