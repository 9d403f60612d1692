package dev.frl.core.settings;

import dev.frl.core.settings.FairnessSettings.Policy;
import java.util.Locale;

/**
 * Settings of Fair Robust Learning as in the authors' code. The control and the baseline have them too, so that runs that are
 * compared differ in the policy alone.
 *
 * @param policy one of FRL's, or what FRL is compared with
 * @param standardTolerance how far a class's standard error may lie above the total before its multiplier grows;
 *     {@link #TOLERANCE_RANGE}
 * @param boundaryTolerance likewise for the boundary error
 * @param rates how fast multipliers move; {@link Policy#BASELINE_REWEIGHT} has none
 * @param cap largest sum of the standard multipliers, and of the boundary multipliers, {@link #CAP_RANGE}
 * @param marginFloor smallest factor on a class's radius, {@link #MARGIN_FLOOR_RANGE}
 * @param marginCeiling largest factor, {@link #MARGIN_CEILING_RANGE}
 */
public record FrlSettings(
        Policy policy,
        double standardTolerance,
        double boundaryTolerance,
        Rates rates,
        double cap,
        double marginFloor,
        double marginCeiling)
        implements FairnessSettings {
    public static final Range TOLERANCE_RANGE =
            Range.open(0, 1).named("an error fraction").withRemark("; for 5 points write 0.05");

    public static final Range CAP_RANGE =
            Range.openClosed(0, 1).withRemark(": past 1 some class weight turns negative");
    public static final Range MARGIN_FLOOR_RANGE = Range.openClosed(0, 1);
    public static final Range MARGIN_CEILING_RANGE = Range.fromTo(1, 100);

    /** Tolerance in the authors' code for Reweight alone. */
    public static final double TOLERANCE_REWEIGHT = 0.10;
    /** Tolerance in the authors' code for Reweight + Remargin; used for Remargin alone as well, which their code no longer has. */
    public static final double TOLERANCE = 0.07;

    public static final double CAP = 0.5;
    public static final double MARGIN_FLOOR = 0.98;
    public static final double MARGIN_CEILING = 3;

    public FrlSettings {
        new Problems()
                .in(TOLERANCE_RANGE, "tolerance.standard", standardTolerance)
                .in(TOLERANCE_RANGE, "tolerance.boundary", boundaryTolerance)
                .in(CAP_RANGE, "cap", cap)
                .in(MARGIN_FLOOR_RANGE, "margin.floor", marginFloor)
                .in(MARGIN_CEILING_RANGE, "margin.ceiling", marginCeiling)
                .throwIfAny();
    }

    /** @throws IllegalArgumentException if they are another policy's settings */
    public static FrlSettings of(FairnessSettings settings) {
        if (settings instanceof FrlSettings frl) {
            return frl;
        }
        throw new IllegalArgumentException(String.format(
                Locale.ROOT,
                "policy %s has other settings: %s",
                settings.policy().label(),
                settings));
    }

    /** The default tolerance of a policy, standard and boundary alike. */
    public static double defaultTolerance(Policy policy) {
        return policy == Policy.FRL_REWEIGHT ? TOLERANCE_REWEIGHT : TOLERANCE;
    }

    public static FrlSettings defaults(Policy policy) {
        double tolerance = defaultTolerance(policy);
        return new FrlSettings(policy, tolerance, tolerance, Rates.DEFAULT, CAP, MARGIN_FLOOR, MARGIN_CEILING);
    }

    /**
     * Gains per unit of violation and epoch.
     *
     * @param standard gain of the standard multipliers, {@link #RANGE}
     * @param boundary gain of the boundary multipliers, {@link #RANGE}; the authors' code takes twice the standard one
     * @param margin gain of the margins' logarithm, {@link #RANGE}; the authors' code multiplies it by 2 in the exponent
     * @param halveEvery epochs after which the first two are halved, again and again; {@link #HALVE_EVERY_RANGE}
     */
    public record Rates(double standard, double boundary, double margin, int halveEvery) {
        public static final Range RANGE = Range.fromTo(0, 100);
        public static final Range HALVE_EVERY_RANGE = Range.atLeast(1).withRemark(" epoch");
        public static final Rates DEFAULT = new Rates(0.05, 0.10, 0.2, 40);

        public Rates {
            new Problems()
                    .in(RANGE, "standard", standard)
                    .in(RANGE, "boundary", boundary)
                    .in(RANGE, "margin", margin)
                    .in(HALVE_EVERY_RANGE, "halveEvery", halveEvery)
                    .throwIfAny();
        }
    }
}
