package dev.frl.cli;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Finds where a spec says something, so that a problem outside the spec can be shown at the line that asks for it. */
final class SpecPlaces {
    private static final String SWEEP = "spec.sweep.grid";

    /**
     * @param line from 1
     * @param path as the problems of the spec name it
     * @param text as written
     */
    record Place(int line, String path, String text) {}

    private final @Nullable Node root;

    private SpecPlaces(@Nullable Node root) {
        this.root = root;
    }

    /** @param utf8 a spec; one that cannot be read says nothing */
    static SpecPlaces of(byte[] utf8) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
            var settings = LoadSettings.builder().setMaxAliasesForCollections(0).build();
            return new SpecPlaces(new Compose(settings).composeString(text).orElse(null));
        } catch (YamlEngineException | CharacterCodingException e) {
            return new SpecPlaces(null); // what is wrong with it is the spec reader's to say
        }
    }

    /**
     * Where the setting is given: in its own place, or for some runs in the sweep.
     *
     * @param setting below {@code spec}, as in {@code dataset.name}
     */
    List<Place> of(String setting) {
        var places = new ArrayList<Place>();
        descend("spec." + setting).ifPresent(node -> add(places, node, "spec." + setting));
        descend(SWEEP).flatMap(grid -> child(grid, setting)).ifPresent(node -> {
            if (node instanceof SequenceNode values) {
                for (int i = 0; i < values.getValue().size(); i++) {
                    add(places, values.getValue().get(i), "%s.%s[%d]".formatted(SWEEP, setting, i));
                }
            }
        });
        return places;
    }

    private static void add(List<Place> places, Node node, String path) {
        if (node instanceof ScalarNode scalar) {
            int line = scalar.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
            places.add(new Place(line, path, scalar.getValue()));
        }
    }

    private Optional<Node> descend(String path) {
        var node = Optional.ofNullable(root);
        for (String name : path.split("\\.")) {
            node = node.flatMap(n -> child(n, name));
        }
        return node;
    }

    private static Optional<Node> child(Node node, String name) {
        return node instanceof MappingNode mapping
                ? mapping.getValue().stream()
                        .filter(t -> t.getKeyNode() instanceof ScalarNode key && key.getValue().equals(name))
                        .map(NodeTuple::getValueNode)
                        .findFirst()
                : Optional.empty();
    }
}
