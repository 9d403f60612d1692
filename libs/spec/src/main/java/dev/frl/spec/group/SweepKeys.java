package dev.frl.spec.group;

import dev.frl.spec.key.Key;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;
import dev.frl.spec.key.ValueType;
import dev.frl.spec.tree.Node;
import java.util.Map;

/** {@code spec.sweep}: many runs from one spec. */
public final class SweepKeys {
    private SweepKeys() {}

    public static final int MOST_RUNS = 10_000;

    static final Section SECTION = new Section();
    private static final Group SWEEP = SECTION.group("spec.sweep", "Many runs from one spec.");

    /** What its entries may be follows from all other keys: JSON Schema and Avro describe them. */
    public static final Key<Node.Mapping> GRID = SWEEP.key(
                    "grid",
                    ValueType.mapping(
                            "lists by path",
                            "a group of lists, such as {training.seed: [1, 2, 3]}",
                            Map.of("type", "object"),
                            ""))
            .defaultsTo("none: one run")
            .means(
                    "Paths below `spec`, each with the list of its values; one run for every combination, at most %,d. The last path"
                                    .formatted(MOST_RUNS)
                            + " varies fastest.");

    /** Whether a grid may vary what stands at the path. */
    public static boolean isSweepable(String path) {
        return path.startsWith("spec.")
                && !path.equals(SWEEP.path())
                && !path.startsWith(SWEEP.path() + ".")
                && Keys.TABLE.isKnown(path);
    }
}
