package dev.frl.core.settings;

/** What a run begins from, instead of fresh weights. */
public sealed interface WarmStart {
    /**
     * Weights in a file.
     *
     * @param location {@code file:} URI of a safetensors file under one of the configured roots
     */
    record FromCheckpoint(String location) implements WarmStart {
        public FromCheckpoint {
            new Problems()
                    .unless(
                            location.startsWith("file:/"),
                            "checkpoint",
                            location,
                            "a URI such as file:/data/robust.safetensors")
                    .throwIfAny();
        }
    }

    /**
     * Weights trained first, once for all runs that ask for the same. Data, model, batch size, momentum, weight decay,
     * attack and seed are the run's own.
     *
     * @param method the loss
     * @param epochs at least 1
     * @param learningRate before the schedule, in (0, 10]
     * @param schedule of the learning rate
     */
    record Pretrained(TrainingMethod method, int epochs, double learningRate, LearningRateSchedule schedule)
            implements WarmStart {
        public static final int EPOCHS = 10;
        public static final double LEARNING_RATE = 0.05;

        public Pretrained {
            new Problems()
                    .unless(epochs >= 1 && epochs <= 100_000, "epochs", epochs, "from 1 to 100000")
                    .unless(learningRate > 0 && learningRate <= 10, "learningRate", learningRate, "in (0, 10]")
                    .throwIfAny();
        }
    }
}
