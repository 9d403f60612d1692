package dev.frl.cli.context;

import dev.frl.spec.tree.Node;
import dev.frl.spec.tree.TextTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the lines of settings in a spec, so that a problem with data or weights is reported at the line that names them. */
public final class SpecPlaces {
    private static final String SWEEP = "spec.sweep.grid";

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
        return new SpecPlaces(
                TextTree.read(spec, (line, path, message) -> {}).orElse(null));
    }

    /**
     * All places that give the setting: its own key, and the values of the sweep's grid.
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
        descend(SWEEP).flatMap(grid -> entry(grid, setting)).ifPresent(value -> {
            if (value instanceof Node.Sequence values) {
                for (int i = 0; i < values.items().size(); i++) {
                    place(values.items().get(i), String.format(Locale.ROOT, "%s.%s[%d]", SWEEP, setting, i))
                            .ifPresent(places::add);
                }
            }
        });
        return places;
    }

    private static Optional<Place> place(Node value, String path) {
        Integer line = value.line();
        return value instanceof Node.Scalar scalar && line != null
                ? Optional.of(new Place(line, path, scalar.text()))
                : Optional.empty();
    }

    private Optional<Node> descend(String path) {
        var node = Optional.ofNullable(root);
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
