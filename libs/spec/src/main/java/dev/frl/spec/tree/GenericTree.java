package dev.frl.spec.tree;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Maps, lists and scalars to a tree without lines. Absent fields of a record come as null, and stay absent. */
public final class GenericTree {
    private final ProblemSink found;
    private int nodes;

    private GenericTree(ProblemSink found) {
        this.found = found;
    }

    /** @return empty if the tree is past the bounds; then the reason was noted */
    public static Optional<Node> read(Map<?, ?> tree, ProblemSink found) {
        var reader = new GenericTree(found);
        var root = reader.node(tree, "", 1);
        return reader.nodes > YamlTree.MAX_NODES ? Optional.empty() : Optional.of(root);
    }

    private Node node(@Nullable Object value, String path, int depth) {
        if (nodes > YamlTree.MAX_NODES) {
            return new Node.Broken(null);
        }
        if (++nodes > YamlTree.MAX_NODES) {
            found.add(null, "", String.format(Locale.ROOT, "The spec has more than %,d values.", YamlTree.MAX_NODES));
            return new Node.Broken(null);
        }
        if (depth > YamlTree.MAX_DEPTH) {
            found.add(null, path, String.format(Locale.ROOT, "is nested more than %d deep", YamlTree.MAX_DEPTH));
            return new Node.Broken(null);
        }
        if (value instanceof Map<?, ?> map) {
            return mapping(map, path, depth);
        }
        if (value instanceof Collection<?> list) {
            List<Node> items = new ArrayList<>();
            for (Object item : list) {
                items.add(node(item, path + "[" + items.size() + "]", depth + 1));
            }
            return new Node.Sequence(null, items);
        }
        return scalar(value, path);
    }

    private Node mapping(Map<?, ?> map, String path, int depth) {
        var entries = new LinkedHashMap<String, Node.Entry>();
        map.forEach((k, v) -> {
            String key = String.valueOf(k);
            String full = Node.join(path, key);
            if (entries.put(key, new Node.Entry(null, node(v, full, depth + 1))) != null) {
                found.add(null, full, "is given twice; keep one of them");
            }
        });
        return new Node.Mapping(null, entries);
    }

    private Node scalar(@Nullable Object value, String path) {
        if (value == null) {
            return new Node.Scalar(null, null, "null");
        }
        Object plain;
        if (value instanceof CharSequence) {
            plain = value.toString();
        } else if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
            plain = ((Number) value).longValue();
        } else if (value instanceof Float f) {
            plain = Double.valueOf(f.toString()); // 0.1f means 0.1
        } else if (value instanceof BigDecimal d) {
            plain = d.doubleValue();
        } else if (value instanceof Long
                || value instanceof Double
                || value instanceof Boolean
                || value instanceof BigInteger) {
            plain = value;
        } else {
            found.add(
                    null,
                    path,
                    String.format(
                            Locale.ROOT,
                            "is a %s; it must be a text, a number, true or false, a list or a group",
                            value.getClass().getSimpleName()));
            return new Node.Broken(null);
        }
        String text = plain instanceof Double d ? Numbers.shortest(d) : plain.toString();
        return new Node.Scalar(null, plain, text);
    }
}
