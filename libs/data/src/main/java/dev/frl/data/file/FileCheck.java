package dev.frl.data.file;

import java.nio.file.Path;
import java.util.Locale;

/**
 * Result of verifying one file.
 *
 * @param file the file, which need not exist
 * @param status the result
 * @param expected SHA-256 of the published content, 64 hex digits
 * @param found SHA-256 of the file's content, or in words why there is none
 */
public record FileCheck(Path file, Status status, String expected, String found) {

    public enum Status {
        /** The content equals the published content. */
        OK,
        MISSING,
        /** Truncated, altered, or another file. */
        DAMAGED
    }

    public boolean ok() {
        return status == Status.OK;
    }

    /** The result in one line: file, expected and found content. */
    public String inWords() {
        return switch (status) {
            case OK -> String.format(Locale.ROOT, "%s is as published", file);
            case MISSING -> String.format(Locale.ROOT, "%s is missing", file);
            case DAMAGED ->
                String.format(
                        Locale.ROOT,
                        "%s is damaged: expected content with SHA-256 %s, found %s",
                        file,
                        expected,
                        found);
        };
    }
}
