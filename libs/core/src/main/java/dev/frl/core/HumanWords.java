package dev.frl.core;

import java.util.List;
import java.util.Locale;

/** Numbers and lists in sentences. */
public final class HumanWords {
    private HumanWords() {}

    /** Such as {@code 1 run}, {@code 2 runs}. */
    public static String count(long number, String noun) {
        return String.format(Locale.ROOT, "%d %s%s", number, noun, number == 1 ? "" : "s");
    }

    /** Such as {@code a, b and c}. */
    public static String list(List<String> words) {
        int last = words.size() - 1;
        return last < 1
                ? String.join("", words)
                : String.join(", ", words.subList(0, last)) + " and " + words.get(last);
    }

    /** An accuracy in percent, with two decimals. */
    public static String percent(double accuracy) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * accuracy);
    }
}
