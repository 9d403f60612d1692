package dev.frl.cli.context;

import dev.frl.spec.tree.Node;
import dev.frl.spec.tree.TextTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the lines of settings in a spec, so that a problem with data or weights is reported at the line that names them. */
public final class SpecPlaces {
    private static final String GRID = "spec.sweep.grid";
    private static final String SPACE = "spec.sweep.random.space";

    /**
     * @param line starting at 1
     * @param path as in {@link dev.frl.spec.SpecProblem#path}
     * @param text the value
     */
    public record Place(int line, String path, String text) {}

    private final @Nullable Node root;

    private SpecPlaces(@Nullable Node root) {
        this.root = root;
    }

    /** @param spec JSON or YAML; if it is neither, there are no places */
    public static SpecPlaces of(byte[] spec) {
        return new SpecPlaces(TextTree.read(spec, (line, path, message) -> {}).orElse(null));
    }

    /**
     * All places that give the setting: its own key, and the values of the sweep, be they values of the key or of a group around it.
     *
     * @param setting path below {@code spec}, such as {@code dataset.name}
     */
    public List<Place> of(String setting) {
        var places = new ArrayList<Place>();
        String path = "spec." + setting;
        int dot = path.lastIndexOf('.');
        descend(path.substring(0, dot))
                .flatMap(group -> entry(group, path.substring(dot + 1)))
                .flatMap(value -> place(value, path))
                .ifPresent(places::add);
        for (int end = setting.length(); end > 0; end = setting.lastIndexOf('.', end - 1)) {
            String axis = setting.substring(0, end);
            String inside = end == setting.length() ? "" : setting.substring(end + 1);
            descend(GRID)
                    .flatMap(grid -> entry(grid, axis))
                    .ifPresent(values -> swept(values, GRID + "." + axis, inside, places));
            descend(SPACE)
                    .flatMap(space -> entry(space, axis))
                    .flatMap(distribution -> entry(distribution, "choice"))
                    .ifPresent(values -> swept(values, SPACE + "." + axis + ".choice", inside, places));
        }
        return places;
    }

    /** @param inside path of the setting within a value; empty if the value is the setting's */
    private static void swept(Node values, String path, String inside, List<Place> places) {
        if (!(values instanceof Node.Sequence list)) {
            return;
        }
        for (int i = 0; i < list.items().size(); i++) {
            String at = path + "[" + i + "]";
            var value = Optional.of(list.items().get(i));
            if (inside.isEmpty()) {
                value.flatMap(v -> place(v, at)).ifPresent(places::add);
            } else {
                descend(value, inside).flatMap(v -> place(v, at + "." + inside)).ifPresent(places::add);
            }
        }
    }

    private static Optional<Place> place(Node value, String path) {
        Integer line = value.line();
        return value instanceof Node.Scalar scalar && line != null
                ? Optional.of(new Place(line, path, scalar.text()))
                : Optional.empty();
    }

    private Optional<Node> descend(String path) {
        return descend(Optional.ofNullable(root), path);
    }

    private static Optional<Node> descend(Optional<Node> from, String path) {
        var node = from;
        for (String name : path.split("\\.")) {
            node = node.flatMap(n -> entry(n, name));
        }
        return node;
    }

    private static Optional<Node> entry(Node node, String name) {
        return node instanceof Node.Mapping mapping
                ? Optional.ofNullable(mapping.entries().get(name)).map(Node.Entry::value)
                : Optional.empty();
    }
}
