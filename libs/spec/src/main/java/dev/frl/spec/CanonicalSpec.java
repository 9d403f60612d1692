package dev.frl.spec;

import dev.frl.core.settings.RunSettings;

/** The one text of a run's settings: what travels, and what is hashed. */
public final class CanonicalSpec {
    private CanonicalSpec() {}

    /** {@code read(write(s))} equals {@code s}. */
    public static String write(RunSettings settings) {
        throw new UnsupportedOperationException("not written yet");
    }

    /** @throws IllegalArgumentException with all that is wrong, if this is not a text that {@link #write} gives */
    public static RunSettings read(String json) {
        throw new UnsupportedOperationException("not written yet");
    }

    /** SHA-256 of the text's UTF-8, 64 hex digits. */
    public static String sha256(String canonicalSpec) {
        throw new UnsupportedOperationException("not written yet");
    }
}
