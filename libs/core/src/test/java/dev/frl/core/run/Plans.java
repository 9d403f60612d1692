package dev.frl.core.run;

import dev.frl.core.errors.Tally;
import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.Deadlines;
import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.LearningRateSchedule;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.core.settings.TrainingSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Plans of small runs: 3 classes, 12 validation and 9 test images. */
final class Plans {
    static final DataManifest MANIFEST =
            new DataManifest(List.of("cat", "dog", "car"), List.of(5L, 4L, 3L), List.of(3L, 3L, 3L));

    private Plans() {}

    /** The plan of a run that may train all its epochs. */
    static RunInput.Plan input(RunPlan plan) {
        return new RunInput.Plan(plan, plan.settings().training().epochs());
    }

    static RunPlan plan(
            String runId, Policy policy, int epochs, int shards, int maxAttempts, @Nullable String warmStart) {
        return plan(runId, policy, epochs, shards, maxAttempts, warmStart, 1);
    }

    static RunPlan plan(
            String runId,
            Policy policy,
            int epochs,
            int shards,
            int maxAttempts,
            @Nullable String warmStart,
            double minShardFraction) {
        var evaluation = new Attacks.EvaluationAttack(AttackSettings.PGD_20, 1, shards, true);
        var settings = new RunSettings(
                new DatasetSettings("fashion-mnist", new DatasetSettings.SplitSettings(10, 12, 9, 1)),
                "cnn-small",
                new TrainingSettings(
                        TrainingMethod.TRADES,
                        6,
                        epochs,
                        128,
                        1,
                        OptimizerSettings.DEFAULT,
                        LearningRateSchedule.CONSTANT,
                        null),
                null,
                new Attacks(AttackSettings.PGD_20, evaluation, evaluation),
                FairnessSettings.defaults(policy),
                new Deadlines(Duration.ofMinutes(10), Duration.ofDays(1), maxAttempts, minShardFraction));
        return new RunPlan(runId, "exp", "exp-1", Map.of(), Map.of(), 0, null, settings, "{}", "00", warmStart, false);
    }

    /** Halves of the manifest: 3 + 2, 2 + 2 and 1 + 2 samples. */
    static Tally validation(int shard) {
        long[] confusion = shard == 0 ? new long[] {3, 0, 0, 0, 2, 0, 0, 0, 1} : new long[] {2, 0, 0, 0, 2, 0, 0, 0, 2};
        return Tally.of(3, confusion, confusion);
    }
}
