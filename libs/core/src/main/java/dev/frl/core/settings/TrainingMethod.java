package dev.frl.core.settings;

/** How a net is trained. */
public enum TrainingMethod implements Named {
    /** Cross-entropy on clean images. */
    NATURAL("natural"),
    /** Cross-entropy on images under PGD (Madry et al., 2017). */
    PGD_AT("pgd-at"),
    /** Cross-entropy on clean images, plus beta times the divergence under attack (Zhang et al., 2019). */
    TRADES("trades");

    private final String label;

    TrainingMethod(String label) {
        this.label = label;
    }

    @Override
    public String label() {
        return label;
    }
}
