package dev.frl.cli;

/** Specs for tests. */
public final class Specs {
    public static final String GOOD = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: small}
            spec:
              dataset:
                name: fashion-mnist
                split: {train: 1000, validation: 400, test: 400}
              model:
                arch: cnn-small
              training:
                epochs: 2
              attack:
                training: {epsilon: 0.1}
              sweep:
                grid:
                  fairness.policy: [none, frl-reweight]
            """;

    private Specs() {}

    /** The good spec with one text replaced. */
    public static String with(String replacement, String replaced) {
        if (!GOOD.contains(replaced)) {
            throw new IllegalArgumentException(replaced);
        }
        return GOOD.replace(replaced, replacement);
    }
}
