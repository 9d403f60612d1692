package dev.frl.core.settings;

/**
 * Fair Robust Learning, as in the authors' code; and what it is compared with.
 *
 * @param policy what answers the class errors
 * @param standardTolerance how far a class's standard error may lie above the total before its multiplier grows; an error
 *     fraction in (0, 1)
 * @param boundaryTolerance likewise for the boundary error
 * @param rates how fast multipliers move; {@link Policy#BASELINE_REWEIGHT} has none
 * @param cap largest sum of the standard multipliers, and of the boundary multipliers, in (0, 1]
 * @param marginFloor smallest factor on a class's radius, in (0, 1]
 * @param marginCeiling largest factor, at least 1
 */
public record FairnessSettings(
        Policy policy,
        double standardTolerance,
        double boundaryTolerance,
        Rates rates,
        double cap,
        double marginFloor,
        double marginCeiling) {
    /** Of the authors' code for Reweight alone. */
    public static final double TOLERANCE_REWEIGHT = 0.10;
    /** Of the authors' code for Reweight + Remargin; used for Remargin alone as well, which their code no longer has. */
    public static final double TOLERANCE = 0.07;

    public static final double CAP = 0.5;
    public static final double MARGIN_FLOOR = 0.98;
    public static final double MARGIN_CEILING = 3;

    public FairnessSettings {
        new Problems()
                .unless(
                        standardTolerance > 0 && standardTolerance < 1,
                        "tolerance.standard",
                        standardTolerance,
                        FRACTION)
                .unless(
                        boundaryTolerance > 0 && boundaryTolerance < 1,
                        "tolerance.boundary",
                        boundaryTolerance,
                        FRACTION)
                .unless(cap > 0 && cap <= 1, "cap", cap, "in (0, 1]: past 1 some class weight turns negative")
                .unless(marginFloor > 0 && marginFloor <= 1, "margin.floor", marginFloor, "in (0, 1]")
                .unless(marginCeiling >= 1 && marginCeiling <= 100, "margin.ceiling", marginCeiling, "from 1 to 100")
                .throwIfAny();
    }

    private static final String FRACTION = "an error fraction in (0, 1); for 5 points write 0.05";

    /** The default tolerance of a policy, standard and boundary alike. */
    public static double defaultTolerance(Policy policy) {
        return policy == Policy.FRL_REWEIGHT ? TOLERANCE_REWEIGHT : TOLERANCE;
    }

    public static FairnessSettings defaults(Policy policy) {
        double tolerance = defaultTolerance(policy);
        return new FairnessSettings(policy, tolerance, tolerance, Rates.DEFAULT, CAP, MARGIN_FLOOR, MARGIN_CEILING);
    }

    /**
     * Gains per unit of violation and epoch.
     *
     * @param standard of the standard multipliers, at least 0
     * @param boundary of the boundary multipliers; the authors' code takes twice the standard one
     * @param margin of the margins' logarithm; the authors' code multiplies it by 2 in the exponent
     * @param halveEvery epochs after which the first two are halved, again and again; at least 1
     */
    public record Rates(double standard, double boundary, double margin, int halveEvery) {
        public static final Rates DEFAULT = new Rates(0.05, 0.10, 0.2, 40);

        public Rates {
            new Problems()
                    .unless(standard >= 0 && standard <= 100, "standard", standard, "from 0 to 100")
                    .unless(boundary >= 0 && boundary <= 100, "boundary", boundary, "from 0 to 100")
                    .unless(margin >= 0 && margin <= 100, "margin", margin, "from 0 to 100")
                    .unless(halveEvery >= 1, "halveEvery", halveEvery, "at least 1 epoch")
                    .throwIfAny();
        }
    }

    /** What answers the class errors. */
    public enum Policy implements Named {
        /** Equal weights and margins: the control. */
        NONE("none", false, false),
        /** Class weights from the errors of epoch 0, which then stay: reweighting without the loop. */
        BASELINE_REWEIGHT("baseline-reweight", true, false),
        FRL_REWEIGHT("frl-reweight", true, false),
        FRL_REMARGIN("frl-remargin", false, true),
        FRL_REWEIGHT_REMARGIN("frl-reweight-remargin", true, true);

        private final String label;
        private final boolean reweights;
        private final boolean remargins;

        Policy(String label, boolean reweights, boolean remargins) {
            this.label = label;
            this.reweights = reweights;
            this.remargins = remargins;
        }

        @Override
        public String label() {
            return label;
        }

        /** Whether class weights answer the errors. */
        public boolean reweights() {
            return reweights;
        }

        /** Whether margins answer the errors. */
        public boolean remargins() {
            return remargins;
        }
    }
}
