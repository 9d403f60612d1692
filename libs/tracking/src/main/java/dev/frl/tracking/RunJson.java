package dev.frl.tracking;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.TreeMap;

/** Formats a run's canonical spec for files and for MLflow. */
final class RunJson {
    private static final ObjectMapper json = new ObjectMapper();

    private RunJson() {}

    /** The spec indented; unchanged if it is not JSON. */
    static String pretty(String canonical) {
        try {
            return json.readTree(canonical).toPrettyString() + "\n";
        } catch (JsonProcessingException e) {
            return canonical;
        }
    }

    /** Every leaf by its dotted path; lists as JSON. Empty if the spec is not JSON. */
    static Map<String, String> flat(String canonical) {
        var leaves = new TreeMap<String, String>();
        try {
            flatten("", json.readTree(canonical), leaves);
        } catch (JsonProcessingException e) {
            leaves.clear();
        }
        return leaves;
    }

    private static void flatten(String path, JsonNode node, Map<String, String> leaves) {
        if (node.isObject()) {
            node.properties()
                    .forEach(e -> flatten(path.isEmpty() ? e.getKey() : path + "." + e.getKey(), e.getValue(), leaves));
        } else if (!path.isEmpty()) {
            leaves.put(path, node.isValueNode() ? node.asText() : node.toString());
        }
    }
}
