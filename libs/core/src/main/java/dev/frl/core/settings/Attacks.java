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
     * @param attack the same for all samples, whatever the margins
     * @param restarts how often it attacks each sample, from 1 to 10000, from a new random start each time; a sample stands
     *     only if it stands each time
     * @param shards parts that attackers can work on side by side, from 1 to 10000
     * @param best whether the best weights are evaluated beside the last; of the test only, where it is off by default
     */
    public record EvaluationAttack(AttackSettings attack, int restarts, int shards, boolean best) {
        public static final int RESTARTS = 1;
        public static final int SHARDS = 4;
        public static final boolean BEST = false;

        public EvaluationAttack {
            new Problems()
                    .unless(restarts >= 1 && restarts <= 10_000, "restarts", restarts, "from 1 to 10000")
                    .unless(shards >= 1 && shards <= 10_000, "shards", shards, "from 1 to 10000")
                    .throwIfAny();
        }

        /** Restarts that are really made, at least 1: an attack that draws no start would repeat itself. */
        public int restartsTaken() {
            return attack.isRandom() ? restarts : 1;
        }
    }
}
