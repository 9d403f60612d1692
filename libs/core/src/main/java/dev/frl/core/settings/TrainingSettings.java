package dev.frl.core.settings;

import org.jspecify.annotations.Nullable;

/**
 * How a run trains, from its warm start on.
 *
 * @param method the loss
 * @param beta weight of the boundary term of {@link TrainingMethod#TRADES}, at least 0; the others ignore it
 * @param epochs at least 1
 * @param batchSize images in a batch, at least 1; the last batch of an epoch may be smaller
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
                .unless(beta >= 0 && beta <= 1000, "beta", beta, "from 0 to 1000")
                .unless(epochs >= 1 && epochs <= 100_000, "epochs", epochs, "from 1 to 100000")
                .unless(batchSize >= 1 && batchSize <= 65_536, "batchSize", batchSize, "from 1 to 65536")
                .throwIfAny();
    }
}
