package dev.frl.core.settings;

import java.util.function.Function;

/** What a run begins from, instead of fresh weights. */
public sealed interface WarmStart {
    /** The result of one of these functions; a new kind of warm start adds one, so that no caller can forget it. */
    <T> T map(Function<FromCheckpoint, T> checkpoint, Function<Pretrained, T> pretrained);

    /**
     * Weights in a file.
     *
     * @param location {@code file:} or {@code s3:} URI of a safetensors file under one of the configured roots
     */
    record FromCheckpoint(String location) implements WarmStart {
        private static final int LONGEST_SHOWN = 200;

        public FromCheckpoint {
            new Problems()
                    .unless(
                            isOne(location),
                            "checkpoint",
                            location.length() <= LONGEST_SHOWN ? location : location.substring(0, LONGEST_SHOWN) + "…",
                            "a URI such as file:/data/robust.safetensors or s3://bucket/robust.safetensors, with spaces as %20, and without .., query and the host of a file")
                    .throwIfAny();
        }

        private static boolean isOne(String location) {
            return (location.startsWith("file:/") || location.startsWith("s3://"))
                    && WeightsLocation.problem(location).isEmpty();
        }

        @Override
        public <T> T map(Function<FromCheckpoint, T> checkpoint, Function<Pretrained, T> pretrained) {
            return checkpoint.apply(this);
        }
    }

    /**
     * Weights trained first, once for all runs that ask for the same. Data, model, batch size, momentum, weight decay,
     * attack and seed are the run's own.
     *
     * @param method the loss
     * @param epochs {@link TrainingSettings#EPOCHS_RANGE}
     * @param learningRate before the schedule, {@link OptimizerSettings#LEARNING_RATE_RANGE}
     * @param schedule of the learning rate
     */
    record Pretrained(TrainingMethod method, int epochs, double learningRate, LearningRateSchedule schedule)
            implements WarmStart {
        public static final int EPOCHS = 10;
        public static final double LEARNING_RATE = 0.05;

        public Pretrained {
            new Problems()
                    .in(TrainingSettings.EPOCHS_RANGE, "epochs", epochs)
                    .in(OptimizerSettings.LEARNING_RATE_RANGE, "learningRate", learningRate)
                    .throwIfAny();
        }

        @Override
        public <T> T map(Function<FromCheckpoint, T> checkpoint, Function<Pretrained, T> pretrained) {
            return pretrained.apply(this);
        }
    }
}
