package dev.frl.core.settings;

/** Which policy a run has, and its settings: a record for each policy that has some. */
public interface FairnessSettings {
    /** How class errors change the training of the next epoch. */
    Policy policy();

    /** A policy with its default settings. */
    static FairnessSettings defaults(Policy policy) {
        return switch (policy) {
            case NONE, BASELINE_REWEIGHT, FRL_REWEIGHT, FRL_REMARGIN, FRL_REWEIGHT_REMARGIN ->
                FrlSettings.defaults(policy);
        };
    }

    /** How class errors change the training of the next epoch. */
    enum Policy implements Named {
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

        /** Whether the policy sets class weights. */
        public boolean reweights() {
            return reweights;
        }

        /** Whether the policy sets margins. */
        public boolean remargins() {
            return remargins;
        }
    }
}
