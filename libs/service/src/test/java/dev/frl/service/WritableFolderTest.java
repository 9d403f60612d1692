package dev.frl.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WritableFolderTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void a_missing_folder_is_made_and_stays_empty() {
        // Given
        var folder = directory.resolve("a").resolve("b");

        // When
        WritableFolder.require("FRL_CHECKPOINTS", folder);

        // Then
        assertThat(folder).isEmptyDirectory();
    }

    /** A file in the way, since root may write to every folder. */
    @Test
    void a_folder_that_cannot_be_written_names_variable_user_and_remedy_in_one_line() throws Exception {
        // Given
        var folder = Files.createFile(directory.resolve("file")).resolve("checkpoints");

        // Then
        assertThatThrownBy(() -> WritableFolder.require("FRL_CHECKPOINTS", folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("FRL_CHECKPOINTS: user ")
                .hasMessageContaining(" cannot write to " + folder)
                .hasMessageContaining("set FRL_CHECKPOINTS to another folder")
                .hasMessageNotContaining("\n");
    }
}
