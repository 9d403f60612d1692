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

/** Finds where a spec says something, so that a problem outside the spec can be shown at the line that asks for it. */
public final class SpecPlaces {
    private static final String SWEEP = "spec.sweep.grid";

    /**
     * @param line from 1
     * @param path as the problems of the spec name it
     * @param text of the value
     * @param keyFrom where its key begins in the text of the spec, in chars
     * @param from where the value begins
     * @param to where it ends
     */
    public record Place(int line, String path, String text, int keyFrom, int from, int to) {}

    private final String text;
    private final @Nullable Node root;

    private SpecPlaces(String text, @Nullable Node root) {
        this.text = text;
        this.root = root;
    }

    /** @param utf8 a spec that the spec reader could read to its end, and so within its bounds of size and depth */
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
     * Where the setting is given: in its own place, or for some runs in the sweep.
     *
     * @param setting below {@code spec}, as in {@code dataset.name}
     */
    public List<Place> of(String setting) {
        var places = new ArrayList<Place>();
        String path = "spec." + setting;
        int dot = path.lastIndexOf('.');
        descend(path.substring(0, dot))
                .flatMap(group -> entry(group, path.substring(dot + 1)))
                .flatMap(entry -> place(entry.getKeyNode(), entry.getValueNode(), path))
                .ifPresent(places::add);
        descend(SWEEP).flatMap(grid -> entry(grid, setting)).ifPresent(entry -> {
            if (entry.getValueNode() instanceof SequenceNode values) {
                for (int i = 0; i < values.getValue().size(); i++) {
                    place(entry.getKeyNode(), values.getValue().get(i), "%s.%s[%d]".formatted(SWEEP, setting, i))
                            .ifPresent(places::add);
                }
            }
        });
        return places;
    }

    public Optional<Place> metadata(String name) {
        return descend("metadata")
                .flatMap(group -> entry(group, name))
                .flatMap(entry -> place(entry.getKeyNode(), entry.getValueNode(), "metadata." + name));
    }

    /** Whether the metadata stand in braces. */
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

    /** Marks count code points. */
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
