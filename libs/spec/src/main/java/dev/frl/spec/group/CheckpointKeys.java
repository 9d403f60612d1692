package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.FLAG;
import static dev.frl.spec.key.ValueType.INTEGER;

import dev.frl.core.checkpoint.Retention;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;
import org.jspecify.annotations.Nullable;

/**
 * {@code spec.checkpoints}: which checkpoints are kept. The same for all runs of an experiment, and no part of their settings: it
 * changes nothing that is trained.
 */
public final class CheckpointKeys {
    private CheckpointKeys() {}

    static final Section SECTION = new Section();
    public static final Group CHECKPOINTS = SECTION.group("spec.checkpoints", "What becomes of checkpoints.");

    private static final Group KEEP = SECTION.group(
            "spec.checkpoints.keep",
            "Which checkpoints of each run are kept, warm-start runs included; the run's trainer deletes the others while it trains."
                    + " Without this group all are kept; `keep: {}` takes all defaults. The last epoch always keeps its own: a run"
                    + " is resumed, retried and tested as without this group.");

    public static final Key<Integer> LAST = KEEP.key("last", INTEGER)
            .in(Retention.LAST_RANGE)
            .byDefault(Retention.LAST)
            .means(
                    "Number of the last epochs that keep their checkpoints. If the last one is damaged, the run resumes from the"
                            + " one before it, so with 1 from its best epoch or its beginning.");
    public static final Key<Boolean> BEST = KEEP.key("best", FLAG)
            .byDefault(Retention.BEST)
            .means("Whether the best epoch on validation keeps its checkpoint too. `spec.attack.test.best` needs it.");

    /** Null without the group. */
    public static @Nullable Retention settings(Resolution r) {
        if (!r.values().hasGroup(KEEP.path())) {
            return null;
        }
        return r.build(KEEP.path(), g -> new Retention(g.get(LAST), g.get(BEST)));
    }
}
