package dev.frl.report.table;

import dev.frl.report.statistics.ErrorKind;
import dev.frl.report.table.ClassTable.ClassColumn;
import dev.frl.report.table.ClassTable.ClassValue;
import dev.frl.report.table.ClassTable.Kind;
import dev.frl.report.table.ClassTable.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Formats a class table for a terminal: robust and standard errors side by side if they fit, otherwise one below the other. */
final class ClassTableText {
    private static final int WIDEST_NAME = 22;
    private static final int WIDEST_CELL = 10;
    private static final int NARROWEST_CELL = 7;
    private static final String GAP = "  |";

    private final ClassTable table;
    private final int width;
    private final boolean ansi;
    private final int nameWidth;

    ClassTableText(ClassTable table, int width, boolean ansi) {
        this.table = table;
        this.width = width;
        this.ansi = ansi;
        int longest =
                table.rows().stream().mapToInt(r -> name(r).length()).max().orElse(0);
        this.nameWidth = Math.max("vs none: average".length(), Math.min(WIDEST_NAME, longest));
    }

    String render() {
        var out = new StringBuilder();
        if (table.columns().isEmpty()) {
            out.append("No epoch is evaluated yet.\n");
        } else {
            List<Integer> all = indices(table.columns().size());
            if (nameWidth + 2 * blockWidth(all) + GAP.length() <= width) {
                out.append(block(List.of(new Block(ErrorKind.ROBUST, all), new Block(ErrorKind.STANDARD, all))));
            } else {
                for (List<Integer> chunk : chunks(all)) {
                    out.append(block(List.of(new Block(ErrorKind.ROBUST, chunk))))
                            .append('\n');
                    out.append(block(List.of(new Block(ErrorKind.STANDARD, chunk))))
                            .append('\n');
                }
            }
            out.append(legend());
        }
        for (String finding : table.findings()) {
            out.append('\n').append(wrapped(finding));
        }
        for (String note : table.notes()) {
            out.append(wrapped("note: " + note));
        }
        return out.toString();
    }

    private record Block(ErrorKind kind, List<Integer> columns) {}

    private static List<Integer> indices(int n) {
        var all = new ArrayList<Integer>();
        for (int i = 0; i < n; i++) {
            all.add(i);
        }
        return all;
    }

    private List<List<Integer>> chunks(List<Integer> all) {
        var chunks = new ArrayList<List<Integer>>();
        int from = 0;
        for (int to = 1; to <= all.size(); to++) {
            boolean full = to < all.size() && nameWidth + blockWidth(all.subList(from, to + 1)) > width;
            if (full || to == all.size()) {
                chunks.add(all.subList(from, to));
                from = to;
            }
        }
        return chunks;
    }

    private int blockWidth(List<Integer> columns) {
        return columns.stream().mapToInt(this::cellWidth).sum();
    }

    private int cellWidth(int column) {
        int longest = pieces(table.columns().get(column).label(), WIDEST_CELL).stream()
                .mapToInt(String::length)
                .max()
                .orElse(0);
        // Together the columns are at least as wide as the title above them.
        int share = title(ErrorKind.STANDARD).length() / table.columns().size() + 1;
        return Math.max(Math.max(NARROWEST_CELL, longest) + 2, share);
    }

    /** Breaks a label after hyphens and at spaces, so that each piece fits. */
    static List<String> pieces(String label, int longest) {
        var lines = new ArrayList<String>();
        var line = new StringBuilder();
        for (String word : label.split("(?<=[- ])")) {
            String rest = word;
            if (!line.isEmpty() && (line + rest.strip()).length() > longest) {
                lines.add(line.toString().strip());
                line.setLength(0);
            }
            while (rest.strip().length() > longest) {
                lines.add(rest.substring(0, longest));
                rest = rest.substring(longest);
            }
            line.append(rest);
        }
        lines.add(line.toString().strip());
        return lines;
    }

    private String block(List<Block> blocks) {
        var out = new StringBuilder();
        out.append(line("", blocks, (kind, columns) -> leftAligned(title(kind), blockWidth(columns))));
        int header = table.columns().stream()
                .mapToInt(c -> pieces(c.label(), WIDEST_CELL).size())
                .max()
                .orElse(1);
        for (int i = 0; i < header; i++) {
            int row = i;
            String first = i == header - 1 ? "class" : "";
            out.append(line(first, blocks, (kind, columns) -> cells(columns, c -> headerCell(c, row, header))));
        }
        out.append(rule(blocks));
        for (Row row : table.rows()) {
            out.append(line(name(row), blocks, (kind, columns) -> cells(columns, c -> levelCell(row, kind, c))));
        }
        out.append(rule(blocks));
        for (Row row : table.summaries()) {
            out.append(line(row.name(), blocks, (kind, columns) -> cells(columns, c -> levelCell(row, kind, c))));
        }
        if (isCompared()) {
            out.append(rule(blocks));
            for (Row row : List.of(table.average(), table.worst())) {
                out.append(line(
                        "vs none: " + row.name(),
                        blocks,
                        (kind, columns) -> cells(columns, c -> changeCell(row, kind, c))));
            }
        }
        return out.toString();
    }

    private boolean isCompared() {
        return table.columns().stream().anyMatch(c -> c.comparedSeeds() > 0);
    }

    private static String title(ErrorKind kind) {
        return "  " + kind.label() + " error, %";
    }

    private interface Part {
        String of(ErrorKind kind, List<Integer> columns);
    }

    private interface CellText {
        String of(int column);
    }

    private String line(String first, List<Block> blocks, Part part) {
        var out = new StringBuilder(leftAligned(first, nameWidth));
        for (int i = 0; i < blocks.size(); i++) {
            out.append(i == 0 ? "" : GAP)
                    .append(part.of(blocks.get(i).kind(), blocks.get(i).columns()));
        }
        return out.toString().stripTrailing() + "\n";
    }

    private String rule(List<Block> blocks) {
        int length = nameWidth;
        for (int i = 0; i < blocks.size(); i++) {
            length += blockWidth(blocks.get(i).columns()) + (i == 0 ? 0 : GAP.length());
        }
        return "-".repeat(length) + "\n";
    }

    private String cells(List<Integer> columns, CellText text) {
        var out = new StringBuilder();
        for (int c : columns) {
            out.append(text.of(c));
        }
        return out.toString();
    }

    private String headerCell(int column, int row, int rows) {
        List<String> pieces = pieces(table.columns().get(column).label(), WIDEST_CELL);
        int index = row - (rows - pieces.size());
        return rightAligned(index < 0 ? "" : pieces.get(index), column, "");
    }

    private String levelCell(Row row, ErrorKind kind, int column) {
        Double mean = row.cells().get(column).of(kind).mean();
        if (mean == null) {
            return rightAligned("-", column, "");
        }
        boolean worst = row.label() != null && row.label() == worstClass(kind, column);
        return rightAligned(points(mean) + (worst ? "*" : " "), column, worst ? "1" : "");
    }

    private String changeCell(Row row, ErrorKind kind, int column) {
        Double change = row.cells().get(column).of(kind).change();
        if (change == null) {
            return rightAligned("", column, "");
        }
        String colour = Math.abs(change) < 0.0005 ? "" : change < 0 ? "32" : "31";
        return rightAligned(signedPoints(change) + " ", column, colour);
    }

    private int worstClass(ErrorKind kind, int column) {
        int worst = -1;
        ToDoubleFunction<Row> mean = r -> orMinusOne(r.cells().get(column).of(kind));
        for (int i = 0; i < table.rows().size(); i++) {
            if (worst < 0
                    || mean.applyAsDouble(table.rows().get(i))
                            > mean.applyAsDouble(table.rows().get(worst))) {
                worst = i;
            }
        }
        return worst;
    }

    private static double orMinusOne(ClassValue value) {
        @Nullable Double mean = value.mean();
        return mean == null ? -1 : mean;
    }

    private static String name(Row row) {
        return row.label() == null ? row.name() : row.label() + " " + printable(row.name());
    }

    /** Class names may come from foreign data: a control character must not reach the terminal. */
    private static String printable(String name) {
        return name.replaceAll("\\p{Cc}", "?");
    }

    static String points(double fraction) {
        return String.format(Locale.ROOT, "%.1f", fraction * 100);
    }

    static String signedPoints(double fraction) {
        String text = String.format(Locale.ROOT, "%+.1f", fraction * 100);
        return text.equals("-0.0") || text.equals("+0.0") ? "0.0" : text;
    }

    private String legend() {
        var out = new StringBuilder();
        out.append(wrapped("* worst class of the column." + (seeds() > 1 ? " Numbers are means over seeds." : "")
                + " deviation: standard deviation over classes."
                + (isCompared() ? " vs none: difference in points, negative is better." : "")));
        for (ClassColumn c : table.columns()) {
            if (c.provisional()) {
                out.append(wrapped(c.label() + ": no test; errors on validation images after the last common epoch."));
            } else if (c.kind() == Kind.BEFORE && c.measuredOn() == dev.frl.core.settings.Part.VALIDATION) {
                out.append(wrapped(
                        c.label() + ": errors on validation images of epoch 0; the others are on test images."));
            }
        }
        return out.toString();
    }

    private int seeds() {
        return table.columns().stream().mapToInt(c -> c.seeds().size()).max().orElse(0);
    }

    private String wrapped(String text) {
        var out = new StringBuilder();
        int column = 0;
        for (String word : printable(text).split(" ")) {
            if (column > 0 && column + 1 + word.length() > width) {
                out.append("\n  ").append(word);
                column = 2 + word.length();
            } else {
                out.append(column == 0 ? "" : " ").append(word);
                column += word.length() + (column == 0 ? 0 : 1);
            }
        }
        return out.append('\n').toString();
    }

    private String leftAligned(String text, int width) {
        String cut = text.length() > width ? text.substring(0, width - 1) + "…" : text;
        return cut + " ".repeat(width - cut.length());
    }

    private String rightAligned(String text, int column, String code) {
        String padding = " ".repeat(Math.max(0, cellWidth(column) - text.length()));
        return padding + (ansi && !code.isEmpty() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text);
    }
}
