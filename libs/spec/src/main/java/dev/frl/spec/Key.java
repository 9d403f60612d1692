package dev.frl.spec;

import org.jspecify.annotations.Nullable;

/**
 * One key of a spec.
 *
 * @param path in full, as in {@code spec.training.epochs}
 * @param fallback its default; null if it is required, has none or follows from other settings
 * @param fallbackDoc the default in words
 * @param meaning one or two sentences
 */
record Key<T>(String path, ValueType<T> type, @Nullable T fallback, String fallbackDoc, String meaning) {
    static final String REQUIRED = "**required**";

    boolean isRequired() {
        return fallbackDoc.equals(REQUIRED);
    }

    String group() {
        return path.substring(0, Math.max(0, path.lastIndexOf('.')));
    }

    String name() {
        return path.substring(path.lastIndexOf('.') + 1);
    }
}
