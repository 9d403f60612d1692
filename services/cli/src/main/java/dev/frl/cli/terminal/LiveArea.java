package dev.frl.cli.terminal;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.Supplier;

/**
 * The last lines of a terminal, drawn again and again in place. Whatever else is printed goes above them, through
 * {@link #above}. Thread-safe.
 */
public final class LiveArea {
    private static final String UP = "\u001b[%dA";
    private static final String CLEAR_BELOW = "\u001b[J";
    private static final String CLEAR_REST = "\u001b[K";

    private final PrintWriter out;
    private final Supplier<Terminal.Size> size;
    private List<String> shown = List.of();

    public LiveArea(PrintWriter out, Supplier<Terminal.Size> size) {
        this.out = out;
        this.size = size;
    }

    /** Replaces what is shown; lines that are too long are cut, those that do not fit below each other left out. */
    public synchronized void show(List<String> lines) {
        var now = size.get();
        var fitting = lines.stream()
                .limit(now.rows() - 1L)
                .map(line -> cut(line, now.columns() - 1))
                .toList();
        var text = new StringBuilder(back());
        fitting.forEach(line -> text.append(line).append(CLEAR_REST).append('\n'));
        if (fitting.size() < shown.size()) {
            text.append(CLEAR_BELOW);
        }
        shown = fitting;
        out.print(text);
        out.flush();
    }

    /** Prints lines that stay. */
    public synchronized void above(String lines) {
        var text = new StringBuilder(back());
        if (!shown.isEmpty()) {
            text.append(CLEAR_BELOW);
        }
        text.append(lines.stripTrailing()).append('\n');
        shown.forEach(line -> text.append(line).append('\n'));
        out.print(text);
        out.flush();
    }

    /** Takes away what is shown. */
    public synchronized void clear() {
        if (!shown.isEmpty()) {
            out.print(back() + CLEAR_BELOW);
            out.flush();
            shown = List.of();
        }
    }

    private String back() {
        return shown.isEmpty() ? "" : "\r" + UP.formatted(shown.size());
    }

    /** Cuts to so many characters; colours do not count and are kept. */
    public static String cut(String line, int width) {
        int seen = 0;
        int i = 0;
        var kept = new StringBuilder();
        while (i < line.length()) {
            if (line.charAt(i) == '\u001b') {
                int end = line.indexOf('m', i);
                kept.append(line, i, end < 0 ? line.length() : end + 1);
                i = end < 0 ? line.length() : end + 1;
                continue;
            }
            if (seen < width) {
                kept.append(line.charAt(i));
            }
            seen++;
            i++;
        }
        return kept.toString();
    }
}
