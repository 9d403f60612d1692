package dev.frl.spec;

import dev.frl.core.run.RunPlan;
import dev.frl.spec.Admission.Admitted;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** Specs as maps. */
public final class Trees {
    private Trees() {}

    public static Map<String, Object> minimal() {
        return of(Map.of(
                "apiVersion", "frl.dev/v1alpha1",
                "kind", "Experiment",
                "metadata.name", "minimal",
                "spec.dataset.name", "fashion-mnist",
                "spec.model.arch", "cnn-small",
                "spec.attack.training.epsilon", 0.1));
    }

    public static Map<String, Object> of(Map<String, Object> byPath) {
        Map<String, Object> tree = new LinkedHashMap<>();
        byPath.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(e -> put(tree, e.getKey(), e.getValue()));
        return tree;
    }

    @SuppressWarnings("unchecked")
    public static void put(Map<String, Object> tree, String path, Object value) {
        int dot = path.indexOf('.');
        if (dot < 0) {
            tree.put(path, value);
        } else {
            var group = tree.computeIfAbsent(path.substring(0, dot), k -> new LinkedHashMap<String, Object>());
            put((Map<String, Object>) group, path.substring(dot + 1), value);
        }
    }

    public static RunPlan run(Map<String, Object> tree) {
        var admission = new SpecReader(Specs.CATALOGUE).read(tree);
        if (admission instanceof Admitted a) {
            var runs = a.plan().runs();
            return runs.get(runs.size() - 1);
        }
        throw new AssertionError("rejected:\n" + admission + "\n" + tree);
    }

    public static Object parse(String yaml) {
        var settings = LoadSettings.builder().setSchema(new CoreSchema()).build();
        return Objects.requireNonNull(new Load(settings).loadFromString(yaml));
    }

    /** Full paths of all leaves. */
    public static TreeSet<String> flat(Object tree, String path) {
        var paths = new TreeSet<String>();
        if (tree instanceof Map<?, ?> map) {
            map.forEach((k, v) -> paths.addAll(flat(v, path + "." + k)));
        } else {
            paths.add(path);
        }
        return paths;
    }
}
