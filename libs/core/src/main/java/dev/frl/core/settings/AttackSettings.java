package dev.frl.core.settings;

/**
 * One L-infinity attack.
 *
 * @param method FGSM, BIM or PGD
 * @param loss what the attack climbs
 * @param epsilon radius in units of pixel value in [0, 1]; 8/255 is 0.03137
 * @param stepSize how far one step moves a pixel, in the same unit; FGSM steps by the whole radius and ignores it
 * @param steps gradient steps, at least 1; FGSM takes one and ignores it
 * @param start where PGD begins; FGSM and BIM begin at the clean image and ignore it
 */
public record AttackSettings(Method method, Loss loss, double epsilon, double stepSize, int steps, Start start) {
    /** The paper's judge: PGD with 20 steps of a quarter of the radius, at the usual radius of Fashion-MNIST. */
    public static final AttackSettings PGD_20 =
            new AttackSettings(Method.PGD, Loss.CROSS_ENTROPY, 0.1, 0.025, 20, Start.UNIFORM);

    public AttackSettings {
        new Problems()
                .unless(
                        epsilon >= 0 && epsilon <= 1,
                        "epsilon",
                        epsilon,
                        "a radius in [0, 1], in units of pixel value; write 8/255 as it is")
                .unless(stepSize >= 0 && stepSize <= 1, "stepSize", stepSize, "in [0, 1], in units of pixel value")
                .unless(steps >= 1 && steps <= 10_000, "steps", steps, "from 1 to 10000")
                .throwIfAny();
    }

    public AttackSettings withStepSize(double newStepSize) {
        return new AttackSettings(method, loss, epsilon, newStepSize, steps, start);
    }

    /** Gradient steps that are really taken, at least 1. */
    public int stepsTaken() {
        return method == Method.FGSM ? 1 : steps;
    }

    /** Where the attack really begins. */
    public Start startTaken() {
        return method == Method.PGD ? start : Start.CLEAN;
    }

    /** Whether another seed is another attack. */
    public boolean isRandom() {
        return startTaken() != Start.CLEAN;
    }

    /** The attack's algorithm. */
    public enum Method implements Named {
        /** One step of the whole radius, from the clean image (Goodfellow et al., 2014). */
        FGSM("fgsm"),
        /** The Basic Iterative Method (Kurakin et al., 2016): projected gradient steps from the clean image. */
        BIM("bim"),
        /** Projected gradient steps from the settings' own start (Madry et al., 2017). */
        PGD("pgd");

        private final String label;

        Method(String label) {
            this.label = label;
        }

        @Override
        public String label() {
            return label;
        }
    }

    /** What an attack climbs; z are the logits at x', y is the true class. */
    public enum Loss implements Named {
        /** CE(f(x'), y). */
        CROSS_ENTROPY("cross-entropy", 1),
        /** KL(p(x) || p(x')), of TRADES; p(x) is held fixed. */
        KL("kl", 1),
        /** The margin max_{j≠y} z_j − z_y (Carlini and Wagner, 2017; their f6, the other way round and without a floor). */
        CW("cw", 2),
        /**
         * The difference of logits ratio −(z_y − max_{j≠y} z_j) / (z_π1 − z_π3), where π sorts the logits from the largest
         * (Croce and Hein, 2020). Unlike the margin it does not change when all logits are scaled.
         */
        DLR("dlr", 3);

        private final String label;
        private final int leastClasses;

        Loss(String label, int leastClasses) {
            this.label = label;
            this.leastClasses = leastClasses;
        }

        /** Classes that a net must have for this to be defined, at least 1. */
        public int leastClasses() {
            return leastClasses;
        }

        @Override
        public String label() {
            return label;
        }
    }

    /** Where an attack begins; clamped to [0, 1]. */
    public enum Start implements Named {
        /** The clean image. */
        CLEAN("clean"),
        /** Uniform in the ball. */
        UNIFORM("uniform"),
        /** The clean image plus 0.001 times standard normal noise: TRADES's own start, needed since KL has no gradient at x' = x. */
        NORMAL("normal");

        private final String label;

        Start(String label) {
            this.label = label;
        }

        @Override
        public String label() {
            return label;
        }
    }
}
