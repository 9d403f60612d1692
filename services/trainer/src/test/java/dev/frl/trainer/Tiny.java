package dev.frl.trainer;

import dev.frl.core.run.RunPlan;
import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.AugmentationSettings;
import dev.frl.core.settings.AveragingSettings;
import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.Deadlines;
import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.LearningRateSchedule;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.core.settings.TrainingSettings;
import dev.frl.core.settings.WarmStart;
import dev.frl.data.CatalogueEntry;
import dev.frl.data.Dataset;
import dev.frl.data.ImageSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Three classes of 8 x 8 images, small enough for the slow reference engine. */
final class Tiny {
    private static final int TRAIN = 60;
    private static final int TEST = 12;

    private Tiny() {}

    static Dataset dataset() {
        var names = List.of("dark", "grey", "bright");
        var entry = new CatalogueEntry(
                "tiny",
                names,
                1,
                8,
                8,
                TRAIN,
                TRAIN / 3,
                TEST,
                List.of(),
                List.of(),
                (e, folder) -> {
                    throw new IllegalStateException("read from nowhere");
                },
                List.of());
        return new Dataset(entry, images(TRAIN, 1), images(TEST, 2));
    }

    private static ImageSet images(int count, long seed) {
        var random = new SplittableRandom(seed);
        var pixels = new byte[count * 64];
        var labels = new byte[count];
        for (int i = 0; i < count; i++) {
            labels[i] = (byte) (i % 3);
            for (int p = 0; p < 64; p++) {
                pixels[i * 64 + p] = (byte) (labels[i] * 80 + random.nextInt(60));
            }
        }
        return new ImageSet(1, 8, 8, 3, pixels, labels);
    }

    static RunPlan plan(String runId, int epochs, @Nullable AveragingSettings averaging) {
        return plan(runId, epochs, 16, averaging, AugmentationSettings.NONE);
    }

    static RunPlan plan(
            String runId,
            int epochs,
            int batchSize,
            @Nullable AveragingSettings averaging,
            AugmentationSettings augmentation) {
        return plan(runId, epochs, batchSize, averaging, augmentation, null);
    }

    /** Two epochs from these weights. */
    static RunPlan beginningFrom(String runId, String checkpoint) {
        return plan(runId, 2, 16, null, AugmentationSettings.NONE, new WarmStart.FromCheckpoint(checkpoint));
    }

    private static RunPlan plan(
            String runId,
            int epochs,
            int batchSize,
            @Nullable AveragingSettings averaging,
            AugmentationSettings augmentation,
            @Nullable WarmStart warmStart) {
        var attack = new AttackSettings(Method.PGD, Loss.KL, 0.05, 0.02, 2, Start.NORMAL);
        var evaluation = new Attacks.EvaluationAttack(
                new AttackSettings(Method.PGD, Loss.CROSS_ENTROPY, 0.05, 0.02, 3, Start.UNIFORM), 1, 2, false);
        var settings = new RunSettings(
                new DatasetSettings("tiny", new DatasetSettings.SplitSettings(40, 15, 12, 1)),
                "cnn-small",
                new TrainingSettings(
                        TrainingMethod.TRADES,
                        6,
                        epochs,
                        batchSize,
                        1,
                        OptimizerSettings.DEFAULT,
                        LearningRateSchedule.CONSTANT,
                        averaging,
                        augmentation),
                warmStart,
                new Attacks(attack, evaluation, evaluation),
                FairnessSettings.defaults(Policy.NONE),
                Deadlines.DEFAULT);
        return new RunPlan(
                runId, "tiny", "tiny-1", Map.of(), Map.of(), 0, null, settings, "{}", "ab".repeat(32), null, false);
    }
}
