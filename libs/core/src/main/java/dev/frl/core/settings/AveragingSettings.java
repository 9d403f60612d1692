package dev.frl.core.settings;

/**
 * Exponential moving average of the weights: average ← decay · average + (1 − decay) · weights. The first average is the
 * weights themselves, after the first epoch or step.
 *
 * @param decay share of the old average that is kept, in [0, 1)
 * @param every how often
 * @param judged which weights the attackers judge for the controller, and so which {@code best} is chosen among. Letting
 *     the controller see the average made it swing more.
 */
public record AveragingSettings(double decay, Every every, Judged judged) {
    public static final double DECAY = 0.7;
    public static final Every EVERY = Every.EPOCH;
    public static final Judged JUDGED = Judged.RAW;

    public AveragingSettings {
        new Problems()
                .unless(decay >= 0 && decay < 1, "decay", decay, "in [0, 1)")
                .throwIfAny();
    }

    /** How often the average moves. */
    public enum Every implements Named {
        EPOCH("epoch"),
        STEP("step");

        private final String label;

        Every(String label) {
            this.label = label;
        }

        @Override
        public String label() {
            return label;
        }
    }

    /** Which weights are judged on validation images. */
    public enum Judged implements Named {
        RAW("raw"),
        AVERAGED("averaged");

        private final String label;

        Judged(String label) {
            this.label = label;
        }

        @Override
        public String label() {
            return label;
        }
    }
}
