package dev.frl.data.file;

import java.nio.file.Path;

/**
 * What verification found of one file.
 *
 * @param file where it was looked for
 * @param status the verdict
 * @param expected SHA-256 of the content it must have, 64 hex digits
 * @param found SHA-256 of the content it has, or in words why there is none to compare
 */
public record FileCheck(Path file, Status status, String expected, String found) {

    public enum Status {
        /** The content is the published one, to the bit. */
        OK,
        MISSING,
        /** Cut off, altered, or not the file it is named after. */
        DAMAGED
    }

    public boolean ok() {
        return status == Status.OK;
    }

    /** One line for a person: file, expected, found. */
    public String inWords() {
        return switch (status) {
            case OK -> "%s is as published".formatted(file);
            case MISSING -> "%s is missing".formatted(file);
            case DAMAGED ->
                "%s is damaged: expected content with SHA-256 %s, found %s".formatted(file, expected, found);
        };
    }
}
