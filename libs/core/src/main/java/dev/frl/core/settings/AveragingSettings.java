package dev.frl.core.settings;

/**
 * Exponential moving average of the weights: average ← decay · average + (1 − decay) · weights. The first average is the
 * weights themselves, after the first epoch or step.
 *
 * @param decay share of the old average that is kept, {@link #DECAY_RANGE}
 * @param every how often
 * @param evaluated which weights the attackers evaluate for the controller, and so which {@code best} is chosen among. Letting
 *     the controller see the average made it swing more.
 */
public record AveragingSettings(double decay, Every every, Evaluated evaluated) {
    public static final Range DECAY_RANGE = Range.closedOpen(0, 1);
    public static final double DECAY = 0.7;
    public static final Every EVERY = Every.EPOCH;
    public static final Evaluated EVALUATED = Evaluated.RAW;

    public AveragingSettings {
        new Problems().in(DECAY_RANGE, "decay", decay).throwIfAny();
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

    /** Which weights are evaluated on validation images. */
    public enum Evaluated implements Named {
        RAW("raw"),
        AVERAGED("averaged");

        private final String label;

        Evaluated(String label) {
            this.label = label;
        }

        @Override
        public String label() {
            return label;
        }
    }
}
