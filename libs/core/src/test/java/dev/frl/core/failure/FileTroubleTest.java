package dev.frl.core.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FileTroubleTest {
    static Stream<Arguments> errors() {
        return Stream.of(
                Arguments.of(new IOException("No space left on device"), "the disk is full: free some space there"),
                Arguments.of(
                        new FileSystemException("/a/b", null, "Disk quota exceeded"),
                        "the quota of this user is used up (/a/b): free some space there, or raise the quota"),
                Arguments.of(new IOException("File too large"), "raise the limit (ulimit -f)"),
                Arguments.of(
                        new FileSystemException("/a", null, "Read-only file system"),
                        "the file system is read-only (/a): mount it writable"),
                Arguments.of(new AccessDeniedException("/a"), "permission denied (/a): give it to the user"),
                Arguments.of(new FileSystemException("/a", null, "Operation not permitted"), "permission denied (/a)"),
                Arguments.of(new FileAlreadyExistsException("/a"), "/a is a file, or a link"),
                Arguments.of(new NotDirectoryException("/a"), "a part of the path is a file"),
                Arguments.of(new NoSuchFileException("/a"), "/a does not exist: create it"),
                Arguments.of(new FileSystemException("/a", null, "File name too long"), "255 bytes"),
                Arguments.of(
                        new FileSystemException("/a", null, "Too many levels of symbolic links"),
                        "lead in a circle (/a): remove the link"),
                Arguments.of(new IOException("Too many open files"), "ulimit -n"),
                Arguments.of(new IOException("Input/output error"), "the disk does not answer"),
                Arguments.of(new IOException("another\nline"), "another line"),
                Arguments.of(new IOException(), "java.io.IOException"));
    }

    @ParameterizedTest
    @MethodSource("errors")
    void an_error_of_a_file_says_what_is_wrong_and_how_to_mend_it_in_one_line(IOException error, String words) {
        assertThat(FileTrouble.words(error)).contains(words).doesNotContain("\n");
    }

    @Test
    void words_in_a_path_are_no_reason() {
        var error = new FileSystemException("/no space left/a", null, "Text file busy");
        assertThat(FileTrouble.isFull(error)).isFalse();
        assertThat(FileTrouble.find(error)).isEmpty();
    }

    @Test
    void trouble_with_a_disk_is_found_among_the_causes() {
        var full = new IllegalStateException(
                "a store failed", new UncheckedIOException(new IOException("No space left on device")));
        assertThat(FileTrouble.find(full)).contains("the disk is full: free some space there");
        assertThat(FileTrouble.find(new IllegalStateException("permission denied")))
                .isEmpty();
        assertThat(FileTrouble.find(new IOException("connection reset"))).isEmpty();
        assertThat(FileTrouble.isFull(new IOException("No space left on device")))
                .isTrue();
    }
}
