package dev.frl.core.settings;

/**
 * One attack within a ball around each image.
 *
 * @param method FGSM, BIM, PGD or APGD
 * @param norm of the ball, and of a step
 * @param loss that the attack maximizes
 * @param epsilon radius in units of pixel value, {@link Norm#range()}; 8/255 is 0.03137; in L2 the length of the whole change
 * @param stepSize length of one step in the same norm, unit and range; FGSM ignores it and steps by the whole radius; APGD
 *     ignores it and finds its own steps
 * @param steps gradient steps, {@link #STEPS_RANGE}; FGSM takes one and ignores it
 * @param start where PGD and APGD begin; FGSM and BIM begin at the clean image and ignore it
 */
public record AttackSettings(
        Method method, Norm norm, Loss loss, double epsilon, double stepSize, int steps, Start start) {
    public static final Range STEPS_RANGE = Range.fromTo(1, 10_000);

    /** Evaluation attack of the paper: PGD with 20 steps of a quarter of the radius, at the usual radius of Fashion-MNIST. */
    public static final AttackSettings PGD_20 =
            new AttackSettings(Method.PGD, Loss.CROSS_ENTROPY, 0.1, 0.025, 20, Start.UNIFORM);

    public AttackSettings {
        new Problems()
                .in(norm.range().named("a radius"), "epsilon", epsilon)
                .in(norm.range(), "stepSize", stepSize)
                .in(STEPS_RANGE, "steps", steps)
                .throwIfAny();
    }

    /** An attack in L-infinity. */
    public AttackSettings(Method method, Loss loss, double epsilon, double stepSize, int steps, Start start) {
        this(method, Norm.LINF, loss, epsilon, stepSize, steps, start);
    }

    /**
     * The attack whose steps are longer by {@code factor}, or as long as steps can be.
     *
     * @param factor at least 0
     */
    public AttackSettings withStepTimes(double factor) {
        return new AttackSettings(
                method, norm, loss, epsilon, Math.min(norm.largest(), stepSize * factor), steps, start);
    }

    /** Number of gradient steps that are taken, at least 1. */
    public int stepsTaken() {
        return method == Method.FGSM ? 1 : steps;
    }

    /** Start that the method uses. */
    public Start startTaken() {
        return method == Method.PGD || method == Method.APGD ? start : Start.CLEAN;
    }

    /** Whether another seed is another attack. */
    public boolean isRandom() {
        return startTaken() != Start.CLEAN;
    }

    /** Whether the attack ends at the best of its iterates, start included, rather than at the last one. */
    public boolean endsAtBest() {
        return method == Method.APGD;
    }

    /** The attack's algorithm. */
    public enum Method implements Named {
        /** One step of the whole radius, from the clean image (Goodfellow et al., 2014). */
        FGSM("fgsm"),
        /** The Basic Iterative Method (Kurakin et al., 2016): projected gradient steps from the clean image. */
        BIM("bim"),
        /** Projected gradient steps from the settings' own start (Madry et al., 2017). */
        PGD("pgd"),
        /**
         * Projected gradient steps with momentum from the settings' own start; the first is twice the radius long, and where
         * the loss no longer grows they are halved and go on from the best point (Croce and Hein, 2020).
         */
        APGD("apgd");

        private final String label;

        Method(String label) {
            this.label = label;
        }

        @Override
        public String label() {
            return label;
        }
    }

    /** How far apart two images are, in units of pixel value. */
    public enum Norm implements Named {
        /** The largest difference of a pixel, at most 1. */
        LINF("linf", Range.closed(0, 1).withRemark(", in units of pixel value; write 8/255 as it is")),
        /** The Euclidean distance √Σ (x'_i − x_i)², at most √pixels; for images of a million pixels 1000. */
        L2("l2", Range.closed(0, 1000).withRemark(", a Euclidean distance in units of pixel value"));

        private final String label;
        private final Range range;

        Norm(String label, Range range) {
            this.label = label;
            this.range = range;
        }

        /** Largest distance between two images. */
        public double largest() {
            return range.max();
        }

        /** Range of a distance, such as a radius or the length of a step. */
        public Range range() {
            return range;
        }

        @Override
        public String label() {
            return label;
        }
    }

    /** Loss that an attack maximizes; z are the logits at x', y is the true class. */
    public enum Loss implements Named {
        /** CE(f(x'), y). */
        CROSS_ENTROPY("cross-entropy", 1),
        /** KL(p(x) || p(x')), of TRADES; p(x) is held fixed. */
        KL("kl", 1),
        /** The margin max_{j≠y} z_j − z_y (Carlini and Wagner, 2017; the negative of their f6, without a floor). */
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

        /** Smallest number of classes for which the loss is defined, at least 1. */
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
