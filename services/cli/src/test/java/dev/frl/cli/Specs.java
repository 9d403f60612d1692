package dev.frl.cli;

/** Specs of tests. */
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

    /** The good one with something in it that is not. */
    public static String with(String instead, String of) {
        if (!GOOD.contains(of)) {
            throw new IllegalArgumentException(of);
        }
        return GOOD.replace(of, instead);
    }
}
