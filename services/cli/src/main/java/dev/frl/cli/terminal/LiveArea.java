package dev.frl.cli.terminal;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The last lines of a terminal, redrawn in place. Other lines are printed above them, with {@link #above}. Thread-safe.
 */
public final class LiveArea {
    private static final String UP = "\u001b[%dA";
    private static final String CLEAR_BELOW = "\u001b[J";
    private static final String CLEAR_REST = "\u001b[K";
    private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]*m");
    /** ASCII, since not every terminal shows an ellipsis. */
    private static final String CUT = "...";

    private final PrintWriter out;
    private final Supplier<Terminal.Size> size;
    private List<String> shown = List.of();

    public LiveArea(PrintWriter out, Supplier<Terminal.Size> size) {
        this.out = out;
        this.size = size;
    }

    /** Replaces the shown lines. Long lines are cut to the window, and lines beyond its height are left out. */
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

    /** Prints lines above the shown ones. */
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

    /** Erases the shown lines. */
    public synchronized void clear() {
        if (!shown.isEmpty()) {
            out.print(back() + CLEAR_BELOW);
            out.flush();
            shown = List.of();
        }
    }

    private String back() {
        return shown.isEmpty() ? "" : "\r" + String.format(Locale.ROOT, UP, shown.size());
    }

    /** Cuts to the width, at a word boundary if one is near; colours do not count and are kept. */
    public static String cut(String line, int width) {
        String plain = COLOUR.matcher(line).replaceAll("");
        if (plain.length() <= width) {
            return line;
        }
        int room = Math.max(0, width - CUT.length());
        int blank = plain.lastIndexOf(' ', room);
        int end = blank > room / 2 ? plain.substring(0, blank).stripTrailing().length() : room;
        var kept = new StringBuilder();
        int seen = 0;
        var colour = COLOUR.matcher(line);
        for (int i = 0; i < line.length(); ) {
            if (colour.region(i, line.length()).lookingAt()) {
                kept.append(colour.group());
                i = colour.end();
                continue;
            }
            if (seen < end) {
                kept.append(line.charAt(i));
            } else if (seen == end) {
                kept.append(CUT);
            }
            seen++;
            i++;
        }
        return kept.toString();
    }
}
