package dev.frl.messaging;

import dev.frl.schemas.ExperimentSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.generic.IndexedRecord;
import org.jspecify.annotations.Nullable;

/** Converts a spec from an Avro record to the tree that a parser makes of its YAML document. */
public final class SpecTree {
    private SpecTree() {}

    /**
     * Converts a spec. Keys are those of YAML, in the schema's order; an absent field has no key. Values are Map, List, String,
     * Boolean, Long and Double; an item of a list may be null, which in a grid means none. Maps of the record (labels, the grid)
     * are sorted by key, since Avro does not keep their order.
     */
    public static Map<String, Object> of(ExperimentSpec spec) {
        return tree(spec);
    }

    private static Map<String, Object> tree(IndexedRecord record) {
        var tree = new LinkedHashMap<String, Object>();
        for (var field : record.getSchema().getFields()) {
            Object value = plain(record.get(field.pos()));
            if (value != null) {
                tree.put(field.name(), value);
            }
        }
        return tree;
    }

    private static @Nullable Object plain(@Nullable Object value) {
        if (value instanceof IndexedRecord record) {
            return tree(record);
        } else if (value instanceof Map<?, ?> map) {
            var sorted = new TreeMap<String, @Nullable Object>();
            map.forEach((k, v) -> sorted.put(k.toString(), plain(v)));
            return sorted;
        } else if (value instanceof Collection<?> items) {
            var list = new ArrayList<@Nullable Object>();
            items.forEach(item -> list.add(plain(item)));
            return list;
        }
        return value instanceof CharSequence text ? text.toString() : value;
    }
}
