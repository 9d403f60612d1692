package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.INTEGER;
import static dev.frl.spec.key.ValueType.NUMBER;
import static dev.frl.spec.key.ValueType.SEED;
import static dev.frl.spec.key.ValueType.choice;

import dev.frl.core.settings.LearningRateSchedule.Curve;
import dev.frl.core.settings.TrainingSettings;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;

/** {@code spec.training}: how the net is trained. */
public final class TrainingKeys {
    private TrainingKeys() {}

    static final Section SECTION = new Section();
    private static final Group TRAINING =
            SECTION.group("spec.training", "How the net is trained, from its warm start on.");

    public static final Key<MethodName> METHOD = TRAINING.key("method", choice(MethodName.class))
            .byDefault(MethodName.TRADES)
            .from(s -> MethodName.of(s.training().method()))
            .means(
                    "Loss: cross-entropy on clean images (`natural`), cross-entropy on attacked images (`pgd-at`, Madry et al.,"
                            + " 2017), or cross-entropy on clean images plus the divergence under attack (`trades`, Zhang et al., 2019)."
                            + " `fgsm-at` and `bim-at` are `pgd-at` with another inner attack: FGSM, or PGD from the clean image, which"
                            + " is the basic iterative method (Kurakin et al., 2016).");
    public static final Key<Double> BETA = TRAINING.key("beta", NUMBER)
            .in(TrainingSettings.BETA_RANGE)
            .byDefault(TrainingSettings.BETA)
            .from(s -> s.training().beta())
            .means("Weight of the divergence in `trades`; the other methods ignore it.");
    public static final Key<Integer> EPOCHS = TRAINING.key("epochs", INTEGER)
            .in(TrainingSettings.EPOCHS_RANGE)
            .byDefault(TrainingSettings.EPOCHS)
            .from(s -> s.training().epochs())
            .means("Number of epochs, without those of the warm start.");
    public static final Key<Integer> BATCH_SIZE = TRAINING.key("batchSize", INTEGER)
            .in(TrainingSettings.BATCH_SIZE_RANGE)
            .byDefault(TrainingSettings.BATCH_SIZE)
            .from(s -> s.training().batchSize())
            .means("Number of images in a batch, at most the number of training images.");
    public static final Key<Long> TRAINING_SEED = TRAINING.key("seed", SEED)
            .byDefault(TrainingSettings.SEED)
            .from(s -> s.training().seed())
            .means("Seed of everything that is drawn in the run: initial weights, order of the images, random starts of"
                    + " attacks.");

    public static TrainingSettings settings(Resolution r) {
        var method = r.get(METHOD).method();
        var optimizer = OptimizerKeys.settings(r);
        var averaging = AveragingKeys.settings(r);
        var schedule = ScheduleGroup.OF_TRAINING.settings(r, averaging == null ? Curve.MULTI_STEP : Curve.CONSTANT);
        var augmentation = AugmentationKeys.settings(r);
        return r.build(
                TRAINING.path(),
                g -> new TrainingSettings(
                        method,
                        g.get(BETA),
                        g.get(EPOCHS),
                        g.get(BATCH_SIZE),
                        g.get(TRAINING_SEED),
                        optimizer,
                        schedule,
                        averaging,
                        augmentation));
    }
}
