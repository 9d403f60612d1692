package dev.frl.core.settings;

/**
 * The attacks of a run.
 *
 * @param training the inner attack of training; its radius is multiplied by each class's margin, its step size by the
 *     largest margin
 * @param validation evaluates every epoch for the controller
 * @param test evaluates the end of the run
 */
public record Attacks(AttackSettings training, EvaluationAttack validation, EvaluationAttack test) {
    /** Steps of the inner attack of training, in the authors' code and TRADES's. */
    public static final int TRAINING_STEPS = 10;

    /** The attack that evaluates this part. */
    public EvaluationAttack of(Part part) {
        return part == Part.VALIDATION ? validation : test;
    }

    /**
     * @param attack the same for all samples; margins do not change it
     * @param restarts attacks on each sample, {@link #RESTARTS_RANGE}, each from a new random start; a sample is robust only if
     *     it withstands all of them
     * @param shards parts that attackers can work on side by side, {@link #SHARDS_RANGE}
     * @param best whether the best weights are evaluated beside the last; for the test only, where it is off by default
     */
    public record EvaluationAttack(AttackSettings attack, int restarts, int shards, boolean best) {
        public static final Range RESTARTS_RANGE = Range.fromTo(1, 10_000);
        public static final Range SHARDS_RANGE = Range.fromTo(1, 10_000);
        public static final int RESTARTS = 1;
        public static final int SHARDS = 4;
        public static final boolean BEST = false;

        public EvaluationAttack {
            new Problems()
                    .in(RESTARTS_RANGE, "restarts", restarts)
                    .in(SHARDS_RANGE, "shards", shards)
                    .throwIfAny();
        }

        public EvaluationAttack withBest(boolean other) {
            return new EvaluationAttack(attack, restarts, shards, other);
        }

        /** Number of restarts that are made, at least 1: an attack without a random start would repeat itself. */
        public int restartsTaken() {
            return attack.isRandom() ? restarts : 1;
        }
    }
}
