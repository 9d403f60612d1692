package dev.frl.core.settings;

import java.util.List;

/**
 * The factor on the learning rate, epoch by epoch; all steps of an epoch have the same.
 *
 * @param curve its shape
 * @param milestones of {@link Curve#MULTI_STEP}: fractions of all epochs, ascending, each {@link #MILESTONE_RANGE}; empty for the others
 * @param factor of {@link Curve#MULTI_STEP}: multiplied in at each milestone, {@link #FACTOR_RANGE}; 1 for the others
 */
public record LearningRateSchedule(Curve curve, List<Double> milestones, double factor) {
    public static final Range MILESTONE_RANGE = Range.closedOpen(0, 1);
    public static final Range FACTOR_RANGE = Range.openClosed(0, 1);

    /** Where the factor of {@link #MULTI_STEP} falls by default. */
    public static final List<Double> MILESTONES = List.of(0.6, 0.85);

    public static final double FACTOR = 0.1;
    public static final LearningRateSchedule CONSTANT = of(Curve.CONSTANT);
    public static final LearningRateSchedule MULTI_STEP = multiStep(MILESTONES, FACTOR);
    public static final LearningRateSchedule COSINE = of(Curve.COSINE);
    public static final LearningRateSchedule CYCLIC = of(Curve.CYCLIC);

    public LearningRateSchedule {
        milestones = List.copyOf(milestones);
        boolean ascending = true;
        double before = -1;
        for (double m : milestones) {
            ascending &= MILESTONE_RANGE.contains(m) && m > before;
            before = m;
        }
        boolean shaped = curve == Curve.MULTI_STEP;
        new Problems()
                .unless(
                        ascending,
                        "milestones",
                        milestones,
                        "ascending fractions of the epochs, each " + MILESTONE_RANGE.text())
                .unless(shaped || milestones.isEmpty(), "milestones", milestones, "empty unless the rate is multi-step")
                .in(FACTOR_RANGE, "factor", factor)
                .unless(shaped || factor == 1, "factor", factor, "1 unless the rate is multi-step")
                .throwIfAny();
    }

    /** @throws Problems.InvalidSettings if milestones are not ascending fractions, or the factor is out of its range */
    public static LearningRateSchedule multiStep(List<Double> milestones, double factor) {
        return new LearningRateSchedule(Curve.MULTI_STEP, milestones, factor);
    }

    private static LearningRateSchedule of(Curve curve) {
        return new LearningRateSchedule(curve, List.of(), 1);
    }

    /**
     * What the learning rate of an epoch is multiplied by.
     *
     * <pre>
     *   constant     1
     *   multi-step   factor ^ (how many milestones m have ⌊m · E⌋ &lt; e)
     *   cosine       (1 + cos(π (e − 1) / E)) / 2
     *   cyclic       1 − |2 e − 1 − E| / E
     * </pre>
     *
     * Multi-step and cosine are PyTorch's MultiStepLR and CosineAnnealingLR (to 0) when stepped after every epoch. Cyclic is the
     * triangle of fast adversarial training (Wong et al., 2020): from 0 up to 1 at half of the training and down to 0, linearly.
     * There it moves with every step; here each epoch has the triangle's value at the epoch's middle, so none has the rate 0.
     *
     * @param epoch e, from 1 to {@code epochs}
     * @param epochs E
     * @return in (0, 1]
     */
    public double at(int epoch, int epochs) {
        return switch (curve) {
            case CONSTANT -> 1;
            case MULTI_STEP -> {
                double rate = 1;
                for (double m : milestones) {
                    if (epoch > (int) (epochs * m)) {
                        rate *= factor;
                    }
                }
                yield rate;
            }
            case COSINE -> (1 + Math.cos(Math.PI * (epoch - 1) / epochs)) / 2;
            case CYCLIC -> 1 - Math.abs(2.0 * epoch - 1 - epochs) / epochs;
        };
    }

    /** How the rate goes over the epochs; {@link LearningRateSchedule#at} has the formulas. */
    public enum Curve implements Named {
        /** The same rate throughout. */
        CONSTANT("constant"),
        /** Falls by a factor at each milestone. */
        MULTI_STEP("multi-step"),
        /** Falls along half a wave, to nearly 0. */
        COSINE("cosine"),
        /** Rises linearly for the first half of the epochs, and falls linearly in the second. */
        CYCLIC("cyclic");

        private final String label;

        Curve(String label) {
            this.label = label;
        }

        @Override
        public String label() {
            return label;
        }
    }
}
