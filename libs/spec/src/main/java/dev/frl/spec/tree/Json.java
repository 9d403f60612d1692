package dev.frl.spec.tree;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;

/**
 * Maps, lists, strings, numbers and booleans as JSON. Doubles are written as {@link Numbers} gives them, and characters beyond
 * ASCII as escapes.
 */
public final class Json {
    private Json() {}

    /** On one line, without white space. */
    public static String compact(Object tree) {
        var out = new StringBuilder();
        write(out, tree, "");
        return out.toString();
    }

    /** One entry a line; a list of scalars on one line. */
    public static String pretty(Object tree) {
        var out = new StringBuilder();
        write(out, tree, "\n");
        return out.append('\n').toString();
    }

    /** @param newline the line break with the indentation of the tree; empty for compact text */
    private static void write(StringBuilder out, Object tree, String newline) {
        if (tree instanceof Map<?, ?> map) {
            map(out, map, newline);
        } else if (tree instanceof Collection<?> list) {
            list(out, list, newline);
        } else if (tree instanceof String text) {
            quote(out, text);
        } else if (tree instanceof Double d) {
            out.append(Numbers.shortest(d));
        } else if (tree instanceof Integer || tree instanceof Long || tree instanceof Boolean) {
            out.append(tree);
        } else if (tree instanceof Null) {
            out.append("null");
        } else {
            throw new IllegalArgumentException(
                    "no JSON for a " + tree.getClass().getSimpleName());
        }
    }

    private static void map(StringBuilder out, Map<?, ?> map, String newline) {
        String inner = newline.isEmpty() ? "" : newline + "  ";
        String before = "";
        out.append('{');
        for (var entry : map.entrySet()) {
            out.append(before).append(inner);
            quote(out, String.valueOf(entry.getKey()));
            out.append(newline.isEmpty() ? ":" : ": ");
            write(out, entry.getValue(), inner);
            before = ",";
        }
        out.append(map.isEmpty() ? "" : newline).append('}');
    }

    private static void list(StringBuilder out, Collection<?> list, String newline) {
        boolean nested = !newline.isEmpty() && list.stream().anyMatch(i -> i instanceof Map || i instanceof Collection);
        String inner = nested ? newline + "  " : "";
        String before = "";
        out.append('[');
        for (Object item : list) {
            out.append(before).append(inner);
            write(out, item, nested ? inner : newline);
            before = nested || newline.isEmpty() ? "," : ", ";
        }
        out.append(nested ? newline : "").append(']');
    }

    private static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c >= 0x7F) {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    /** JSON's null, for a list of allowed values. */
    public enum Null {
        NULL
    }
}
