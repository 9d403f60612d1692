package dev.frl.core.settings;

import org.jspecify.annotations.Nullable;

/**
 * How a run trains, from its warm start on.
 *
 * @param method the loss
 * @param beta weight of the boundary term of {@link TrainingMethod#TRADES}, {@link #BETA_RANGE}; the others ignore it
 * @param epochs {@link #EPOCHS_RANGE}
 * @param batchSize images in a batch, {@link #BATCH_SIZE_RANGE}; the last batch of an epoch may be smaller
 * @param seed of everything that is drawn in this run: initial weights, order of the images, random starts
 * @param optimizer its learning rate is the one before the schedule
 * @param schedule of the learning rate
 * @param averaging of the weights; null for none
 * @param augmentation of the training images
 */
public record TrainingSettings(
        TrainingMethod method,
        double beta,
        int epochs,
        int batchSize,
        long seed,
        OptimizerSettings optimizer,
        LearningRateSchedule schedule,
        @Nullable AveragingSettings averaging,
        AugmentationSettings augmentation) {
    public static final Range BETA_RANGE = Range.fromTo(0, 1000);
    public static final Range EPOCHS_RANGE = Range.fromTo(1, 100_000);
    public static final Range BATCH_SIZE_RANGE = Range.fromTo(1, 65_536);

    /** The usual 1/lambda of TRADES. The authors of FRL use 1.5 with CIFAR-10. */
    public static final double BETA = 6;

    public static final int EPOCHS = 15;
    public static final int BATCH_SIZE = 128;
    public static final long SEED = 1;

    /** Without augmentation. */
    public TrainingSettings(
            TrainingMethod method,
            double beta,
            int epochs,
            int batchSize,
            long seed,
            OptimizerSettings optimizer,
            LearningRateSchedule schedule,
            @Nullable AveragingSettings averaging) {
        this(method, beta, epochs, batchSize, seed, optimizer, schedule, averaging, AugmentationSettings.NONE);
    }

    public TrainingSettings {
        new Problems()
                .in(BETA_RANGE, "beta", beta)
                .in(EPOCHS_RANGE, "epochs", epochs)
                .in(BATCH_SIZE_RANGE, "batchSize", batchSize)
                .throwIfAny();
    }

    /** How the warm start of such a run is trained: as the run, except for what the warm start's own settings say. */
    public TrainingSettings forWarmStart(WarmStart.Pretrained warmStart) {
        return new TrainingSettings(
                warmStart.method(),
                beta,
                warmStart.epochs(),
                batchSize,
                seed,
                optimizer.withLearningRate(warmStart.learningRate()),
                warmStart.schedule(),
                null,
                augmentation);
    }
}
