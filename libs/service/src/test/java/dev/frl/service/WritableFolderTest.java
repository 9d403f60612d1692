package dev.frl.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

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

    /** Places that root cannot write to either. */
    static Stream<Arguments> unusable() {
        return Stream.of(
                Arguments.of("file", "is a file, or a link that leads nowhere or in a circle, where a folder must be"),
                Arguments.of("file/below", "a part of the path is a file, not a folder (DIRECTORY/file"),
                Arguments.of("circle", "DIRECTORY/circle is a file, or a link that leads nowhere or in a circle"),
                Arguments.of("circle/below", "symbolic links in it lead in a circle (DIRECTORY/circle"),
                Arguments.of("nowhere", "DIRECTORY/nowhere is a file, or a link that leads nowhere"),
                Arguments.of("nowhere/below", "DIRECTORY/nowhere is a file, or a link that leads nowhere"),
                Arguments.of("n".repeat(256), "which is 255 bytes on most"),
                Arguments.of("ä".repeat(128) + "/below", "a name in it is longer than the file system allows"));
    }

    @ParameterizedTest
    @MethodSource("unusable")
    void a_folder_that_cannot_be_written_names_variable_user_reason_and_remedy_in_one_line(String name, String reason)
            throws IOException {
        // Given
        Files.createFile(directory.resolve("file"));
        Files.createSymbolicLink(directory.resolve("circle"), directory.resolve("circle"));
        Files.createSymbolicLink(directory.resolve("nowhere"), directory.resolve("none"));
        var folder = directory.resolve(name);

        // When, Then
        assertThatThrownBy(() -> WritableFolder.require("FRL_CHECKPOINTS", folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("FRL_CHECKPOINTS: user ")
                .hasMessageContaining(" cannot write to " + folder + ": ")
                .hasMessageContaining(reason.replace("DIRECTORY", directory.toString()))
                .hasMessageEndingWith("; or set FRL_CHECKPOINTS to another folder")
                .hasMessageNotContainingAny("\n", "Exception");
        assertThat(directory.resolve("none")).doesNotExist();
    }

    @Test
    void a_folder_without_rights_is_told_with_the_user() throws IOException {
        // Given
        var folder = Files.createDirectory(directory.resolve("closed"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-xr-xr-x"));
        assumeFalse(Files.isWritable(folder), "root ignores rights");

        // When, Then
        assertThatThrownBy(() -> WritableFolder.require("FRL_HOME", folder))
                .hasMessageContaining("permission denied (" + folder)
                .hasMessageContaining("chown");
    }

    @Test
    void a_link_to_a_folder_is_a_folder() throws IOException {
        // Given
        var link =
                Files.createSymbolicLink(directory.resolve("link"), Files.createDirectory(directory.resolve("folder")));

        // When
        WritableFolder.require("FRL_CHECKPOINTS", link);

        // Then
        assertThat(link).isEmptyDirectory();
    }
}
