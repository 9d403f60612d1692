package dev.frl.spec.group;

import dev.frl.spec.key.KeyTable;
import java.util.List;
import java.util.Map;

/** All keys of a spec, in the order of docs/settings.md and of the canonical text, and the names that some of them had before. */
public final class Keys {
    private Keys() {}

    /** Former paths. A spec may use them, and so may the grid of a sweep and the canonical text of an older run. */
    private static final Map<String, String> FORMER_NAMES = Map.of(
            "spec.hotStart", "spec.warmStart",
            "spec.training.averaging.judged", "spec.training.averaging.evaluated");

    public static final KeyTable TABLE = new KeyTable(
            List.of(
                    MetadataKeys.SECTION,
                    Preset.SECTION,
                    DatasetKeys.SECTION,
                    ModelKeys.SECTION,
                    TrainingKeys.SECTION,
                    OptimizerKeys.SECTION,
                    ScheduleGroup.OF_TRAINING.section(),
                    AugmentationKeys.SECTION,
                    AveragingKeys.SECTION,
                    WarmStartKeys.SECTION,
                    ScheduleGroup.OF_WARM_START.section(),
                    AttackKeys.SECTION,
                    FairnessKeys.SECTION,
                    DeadlineKeys.SECTION,
                    CheckpointKeys.SECTION,
                    SweepKeys.SECTION),
            FORMER_NAMES);
}
