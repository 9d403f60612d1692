package dev.frl.checkpoint;

import static dev.frl.checkpoint.SmallCheckpoint.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.checkpoint.CheckpointException.Reason;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RoutedCheckpointsTest {
    @TempDir
    Path folder;

    @Test
    void a_folder_and_further_folders_are_opened_as_in_path() throws IOException {
        // Given
        var mine = Files.createDirectory(folder.resolve("mine"));
        var roots = folder.resolve("none") + File.pathSeparator + File.pathSeparator + mine;

        // When
        var checkpoints = Checkpoints.open(folder.resolve("runs").toString(), roots, Map.of());

        // Then
        var stored = checkpoints.write("run", 1, checkpoint(1));
        var copy = Files.copy(Path.of(URI.create(stored.model().location())), mine.resolve("copy.safetensors"));
        assertThat(checkpoints.readWeights(copy.toUri()).tensors())
                .isEqualTo(checkpoint(1).model());
        assertThat(checkpoints.list("run")).containsExactly(stored);
        assertThat(checkpoints.delete("run", 1)).isTrue();
    }

    @Test
    void checkpoints_are_absent_only_if_no_place_for_them_is_there() throws IOException {
        // Given
        var runs = folder.resolve("runs");
        var more = folder.resolve("more");
        var checkpoints = Checkpoints.open(runs.toString(), more.toString(), Map.of());

        // When, Then
        assertThat(checkpoints.absent())
                .hasValueSatisfying(why -> assertThat(why).contains(runs.toString(), "FRL_CHECKPOINTS"));
        Files.createDirectory(more);
        assertThat(checkpoints.absent()).isEmpty();
        Files.delete(more);
        Files.createDirectory(runs);
        assertThat(checkpoints.absent()).isEmpty();
    }

    @Test
    void a_store_without_an_adapter_is_told_with_its_place() {
        for (var roots : new String[] {"", folder + ":gs://bucket/prefix", "gs://bucket/prefix:" + folder}) {
            // When, Then
            assertThatThrownBy(() -> Checkpoints.open(
                            roots.isEmpty() ? "gs://bucket/prefix" : folder.toString(), roots, Map.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("checkpoints in gs://bucket/prefix: expected a folder or");
        }
    }

    @Test
    void a_location_of_a_kind_that_is_not_configured_is_refused() {
        // Given
        var checkpoints = Checkpoints.open(folder.toString(), "", Map.of());

        // When, Then
        CheckpointsContract.fails(
                () -> checkpoints.readWeights(URI.create("s3://bucket/robust.safetensors")),
                Reason.REFUSED,
                "no object store is configured to read from. A worker reads only below its FRL_CHECKPOINTS and FRL_CHECKPOINT_ROOTS");
    }

    /** Texts that are no URI too: messages hold any. */
    @Test
    void a_location_of_a_message_is_refused_in_one_line_of_limited_length_that_names_the_settings() {
        for (var text : List.of(
                "",
                "model.safetensors",
                "/etc/passwd",
                "file:" + folder + "/../secret",
                "file:" + folder + "/%2e%2e/secret",
                "file://host" + folder + "/x",
                "file:" + folder + "/a\0b",
                "file:" + folder + "/a b\nc",
                "http://example.org/x",
                "s3://other/x",
                "file:/" + "x".repeat(5000))) {
            // When, Then
            assertThatThrownBy(() ->
                            Checkpoints.open(folder.toString(), "", Map.of()).readWeights(Checkpoints.location(text)))
                    .isInstanceOfSatisfying(CheckpointException.class, e -> {
                        assertThat(e.reason()).isEqualTo(Reason.REFUSED);
                        assertThat(e.getMessage())
                                .endsWith("A worker reads only below its FRL_CHECKPOINTS and FRL_CHECKPOINT_ROOTS")
                                .hasSizeLessThan(600)
                                .doesNotContainPattern("\\p{Cntrl}");
                    });
        }
    }
}
