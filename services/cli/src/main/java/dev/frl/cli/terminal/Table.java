package dev.frl.cli.terminal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows under headings for people, or a JSON list of objects for scripts. */
public final class Table {
    private static final String GAP = "  ";

    /**
     * @param heading heading for people
     * @param key key in JSON
     * @param right whether cells are right-aligned, as for numbers
     * @param optional whether a narrow window leaves it out; the leftmost goes first
     */
    public record Column(String heading, String key, boolean right, boolean optional) {}

    /**
     * @param text text for people
     * @param value value in JSON
     */
    public record Cell(String text, @Nullable Object value) {
        public Cell {
            text = indent(text) + HumanFormat.line(text);
        }

        private static String indent(String text) {
            return text.startsWith("  ") ? "  " : "";
        }

        public static Cell of(String text) {
            return new Cell(text, text);
        }

        public static Cell of(int number) {
            return new Cell(String.valueOf(number), number);
        }

        /** A share in [0, 1], shown in percent. */
        public static Cell percent(double share) {
            return Double.isNaN(share) ? none() : new Cell(String.format(Locale.ROOT, "%.1f%%", 100 * share), share);
        }

        public static Cell none() {
            return new Cell("-", null);
        }
    }

    private final List<Column> columns = new ArrayList<>();
    private final List<List<Cell>> rows = new ArrayList<>();

    public Table left(String heading, String key) {
        columns.add(new Column(heading, key, false, false));
        return this;
    }

    public Table optional(String heading, String key) {
        columns.add(new Column(heading, key, false, true));
        return this;
    }

    public Table right(String heading, String key) {
        columns.add(new Column(heading, key, true, false));
        return this;
    }

    public Table row(Cell... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%d cells in %d columns", cells.length, columns.size()));
        }
        rows.add(List.of(cells));
        return this;
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** @param json whether to print JSON instead of a table */
    public void print(Console console, boolean json) {
        if (json) {
            console.out().println(PrettyJson.pretty(objects()));
        } else {
            int width =
                    console.terminal().out() ? console.terminal().size().get().columns() : Integer.MAX_VALUE;
            lines(width).forEach(console.out()::println);
        }
    }

    List<Map<String, @Nullable Object>> objects() {
        var objects = new ArrayList<Map<String, @Nullable Object>>();
        for (var row : rows) {
            var object = new LinkedHashMap<String, @Nullable Object>();
            for (int i = 0; i < columns.size(); i++) {
                object.put(columns.get(i).key(), row.get(i).value());
            }
            objects.add(object);
        }
        return objects;
    }

    public List<String> lines(int atMost) {
        var shown = new ArrayList<Integer>();
        for (int i = 0; i < columns.size(); i++) {
            shown.add(i);
        }
        for (int i = 0; i < columns.size(); i++) {
            int width = shown.stream().mapToInt(c -> width(c) + GAP.length()).sum() - GAP.length();
            if (width > atMost && columns.get(i).optional()) {
                shown.remove(Integer.valueOf(i));
            }
        }
        var lines = new ArrayList<String>();
        lines.add(line(shown, columns.stream().map(Column::heading).toList()));
        rows.forEach(row -> lines.add(line(shown, row.stream().map(Cell::text).toList())));
        return lines;
    }

    private String line(List<Integer> shown, List<String> cells) {
        var line = new StringBuilder();
        for (int i : shown) {
            String blanks = " ".repeat(Math.max(0, width(i) - cells.get(i).length()));
            line.append(columns.get(i).right() ? blanks + cells.get(i) : cells.get(i) + blanks);
            line.append(GAP);
        }
        return line.toString().stripTrailing();
    }

    private int width(int column) {
        return Math.max(
                columns.get(column).heading().length(),
                rows.stream()
                        .mapToInt(row -> row.get(column).text().length())
                        .max()
                        .orElse(0));
    }
}
