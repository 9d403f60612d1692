package dev.frl.spec.docs;

import dev.frl.spec.key.Key;

/** What keys say of themselves, without the marks of Markdown. */
final class Words {
    private Words() {}

    /** Meaning and range of a key. */
    static String of(Key<?> key) {
        String range = key.rangeDoc().isEmpty() ? "" : " Range: " + key.rangeDoc() + ".";
        return plain(key.meaning() + range);
    }

    /** Meaning, range and default of a key. */
    static String withDefault(Key<?> key) {
        return of(key) + (key.isRequired() ? "" : plain(" Default: " + key.fallbackDoc() + "."));
    }

    static String plain(String markdown) {
        return markdown.replaceAll("\\[([^\\]]+)\\]\\(#[^)]*\\)", "$1")
                .replace("\\|", "|")
                .replace("**", "")
                .replace("`", "");
    }
}
