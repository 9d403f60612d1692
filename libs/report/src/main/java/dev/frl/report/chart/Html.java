package dev.frl.report.chart;

/** Text for HTML and SVG. All names from specs and data sets go through {@link #escape}. */
public final class Html {
    private Html() {}

    /** Text that is safe in HTML text and in double-quoted attributes; characters that HTML forbids are replaced by U+FFFD. */
    public static String escape(String text) {
        var out = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.appendCodePoint(forbidden(c) ? 0xFFFD : c);
            }
        });
        return out.toString();
    }

    private static boolean forbidden(int c) {
        boolean control = c < 0x20 && c != '\n' && c != '\t' || c >= 0x7F && c <= 0x9F;
        boolean surrogate = c >= 0xD800 && c <= 0xDFFF;
        boolean changesDirection = c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069;
        return control || surrogate || changesDirection;
    }

    /** The text, cut to this many characters with an ellipsis. */
    public static String shorten(String text, int longest) {
        return text.codePointCount(0, text.length()) <= longest
                ? text
                : text.substring(0, text.offsetByCodePoints(0, longest - 1)) + "…";
    }
}
