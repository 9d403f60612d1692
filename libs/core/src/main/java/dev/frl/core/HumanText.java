package dev.frl.core;

import java.util.Locale;

/** Texts for people. */
public final class HumanText {
    /** Room for the words that say how much is missing. */
    private static final int TAIL = 40;

    private HumanText() {}

    /**
     * A text that is short enough: cut between two words, with the number of characters that are missing.
     *
     * @param longest length of the result, in characters; at least 80
     */
    public static String cut(String text, int longest) {
        if (text.length() <= longest) {
            return text;
        }
        int room = longest - TAIL;
        int space = text.lastIndexOf(' ', room);
        int end = space > room / 2 ? space : room; // a word of that length is no word
        if (Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        return String.format(
                Locale.ROOT, "%s … (%d more characters)", text.substring(0, end).stripTrailing(), text.length() - end);
    }
}
