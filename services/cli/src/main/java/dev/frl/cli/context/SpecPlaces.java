package dev.frl.cli.context;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Finds the lines of settings in a spec, so that a problem with data or weights is reported at the line that names them. */
public final class SpecPlaces {
    private static final String GRID = "spec.sweep.grid";
    private static final String SPACE = "spec.sweep.random.space";

    /**
     * @param line starting at 1
     * @param path as in {@link dev.frl.spec.SpecProblem#path}
     * @param text the value
     * @param keyFrom start of the key in the spec's text, in chars
     * @param from start of the value
     * @param to end of the value, exclusive
     */
    public record Place(int line, String path, String text, int keyFrom, int from, int to) {}

    private final String text;
    private final @Nullable Node root;

    private SpecPlaces(String text, @Nullable Node root) {
        this.text = text;
        this.root = root;
    }

    /** @param utf8 a spec that the spec reader has parsed, so its size and depth are within bounds */
    public static SpecPlaces of(byte[] utf8) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
            var settings = LoadSettings.builder().setMaxAliasesForCollections(0).build();
            return new SpecPlaces(
                    text, new Compose(settings).composeString(text).orElse(null));
        } catch (YamlEngineException | CharacterCodingException e) {
            return new SpecPlaces("", null);
        }
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
                .flatMap(entry -> place(entry.getKeyNode(), entry.getValueNode(), path))
                .ifPresent(places::add);
        for (int end = setting.length(); end > 0; end = setting.lastIndexOf('.', end - 1)) {
            String axis = setting.substring(0, end);
            String inside = end == setting.length() ? "" : setting.substring(end + 1);
            descend(GRID)
                    .flatMap(grid -> entry(grid, axis))
                    .ifPresent(entry -> swept(entry, GRID + "." + axis, inside, places));
            descend(SPACE)
                    .flatMap(space -> entry(space, axis))
                    .flatMap(entry -> entry(entry.getValueNode(), "choice"))
                    .ifPresent(entry -> swept(entry, SPACE + "." + axis + ".choice", inside, places));
        }
        return places;
    }

    /** @param inside path of the setting within a value; empty if the value is the setting's */
    private void swept(NodeTuple list, String path, String inside, List<Place> places) {
        if (!(list.getValueNode() instanceof SequenceNode values)) {
            return;
        }
        for (int i = 0; i < values.getValue().size(); i++) {
            String at = path + "[" + i + "]";
            Node value = values.getValue().get(i);
            if (inside.isEmpty()) {
                place(list.getKeyNode(), value, at).ifPresent(places::add);
            } else {
                var last = Optional.of(value);
                NodeTuple found = null;
                for (String name : inside.split("\\.")) {
                    found = last.flatMap(n -> entry(n, name)).orElse(null);
                    last = Optional.ofNullable(found).map(NodeTuple::getValueNode);
                }
                if (found != null) {
                    place(found.getKeyNode(), found.getValueNode(), at + "." + inside)
                            .ifPresent(places::add);
                }
            }
        }
    }

    public Optional<Place> metadata(String name) {
        return descend("metadata")
                .flatMap(group -> entry(group, name))
                .flatMap(entry -> place(entry.getKeyNode(), entry.getValueNode(), "metadata." + name));
    }

    /** Whether the metadata are a flow mapping, in braces. */
    public boolean metadataIsFlow() {
        return descend("metadata")
                .filter(n -> n instanceof MappingNode m && m.getFlowStyle() == FlowStyle.FLOW)
                .isPresent();
    }

    private Optional<Place> place(Node key, Node value, String path) {
        var begin = value.getStartMark();
        var end = value.getEndMark();
        if (!(value instanceof ScalarNode scalar) || begin.isEmpty() || end.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Place(
                begin.get().getLine() + 1,
                path,
                scalar.getValue(),
                key.getStartMark().map(this::index).orElse(0),
                index(begin.get()),
                index(end.get())));
    }

    /** Marks count code points, strings count chars. */
    private int index(Mark mark) {
        return text.offsetByCodePoints(0, mark.getIndex());
    }

    private Optional<Node> descend(String path) {
        var node = Optional.ofNullable(root);
        for (String name : path.split("\\.")) {
            node = node.flatMap(n -> entry(n, name)).map(NodeTuple::getValueNode);
        }
        return node;
    }

    private static Optional<NodeTuple> entry(Node node, String name) {
        return node instanceof MappingNode mapping
                ? mapping.getValue().stream()
                        .filter(t -> t.getKeyNode() instanceof ScalarNode key
                                && key.getValue().equals(name))
                        .findFirst()
                : Optional.empty();
    }
}
