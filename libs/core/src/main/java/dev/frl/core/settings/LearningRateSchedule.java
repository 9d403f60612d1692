package dev.frl.core.settings;

import java.util.List;

/**
 * The factor on the learning rate, epoch by epoch.
 *
 * @param milestones fractions of all epochs, each in [0, 1), ascending; empty for a constant rate
 * @param factor multiplied in at each milestone, in (0, 1]
 */
public record LearningRateSchedule(List<Double> milestones, double factor) {
    /** Where the factor of {@link #multiStep} falls by default. */
    public static final List<Double> MILESTONES = List.of(0.6, 0.85);

    public static final double FACTOR = 0.1;
    public static final LearningRateSchedule CONSTANT = new LearningRateSchedule(List.of(), FACTOR);
    public static final LearningRateSchedule MULTI_STEP = new LearningRateSchedule(MILESTONES, FACTOR);

    public LearningRateSchedule {
        milestones = List.copyOf(milestones);
        boolean ascending = true;
        double before = -1;
        for (double m : milestones) {
            ascending &= m >= 0 && m < 1 && m > before;
            before = m;
        }
        new Problems()
                .unless(ascending, "milestones", milestones, "ascending fractions of the epochs, each in [0, 1)")
                .unless(factor > 0 && factor <= 1, "factor", factor, "in (0, 1]")
                .throwIfAny();
    }

    /**
     * @param epoch from 1 to {@code epochs}
     * @return what the learning rate of this epoch is multiplied by. A milestone m acts from the (⌊m · epochs⌋ + 1)-th
     *     epoch on, as PyTorch's MultiStepLR does when stepped after every epoch.
     */
    public double at(int epoch, int epochs) {
        double rate = 1;
        for (double m : milestones) {
            if (epoch > (int) (epochs * m)) {
                rate *= factor;
            }
        }
        return rate;
    }
}
