package dev.frl.e2e;

import java.util.Locale;

/** Small experiments on real images. */
public final class Specs {
    private Specs() {}

    /** A warm start and a sweep of two points: three runs. */
    public static String twoPoints(String name, int train, int epochs) {
        return String.format(Locale.ROOT, """
                apiVersion: frl.dev/v1alpha1
                kind: Experiment
                metadata: {name: %s}
                spec:
                  dataset: {name: fashion-mnist, split: {train: %d, validation: 200, test: 200}}
                  model: {arch: cnn-small}
                  training: {epochs: %d, averaging: {decay: 0.7}}
                  warmStart: {epochs: 1}
                  attack: {training: {epsilon: 0.1, steps: 3}}
                  schedule: {epochDeadline: 1m}
                  sweep: {grid: {fairness.policy: [none, frl-reweight-remargin]}}
                """, name, train, epochs);
    }

    /** One run of one epoch on few images. */
    static String alone(String name) {
        return String.format(Locale.ROOT, """
                apiVersion: frl.dev/v1alpha1
                kind: Experiment
                metadata: {name: %s}
                spec:
                  dataset: {name: fashion-mnist, split: {train: 200, validation: 60, test: 60}}
                  model: {arch: cnn-small}
                  training: {method: natural, epochs: 1}
                  attack: {training: {epsilon: 0.1}, validation: {method: fgsm, shards: 1}, test: {method: fgsm, shards: 1}}
                """, name);
    }

    /** Needs no data set: a warm start and a run of two epochs. */
    static String mixture(String name) {
        return String.format(Locale.ROOT, """
                apiVersion: frl.dev/v1alpha1
                kind: Experiment
                metadata: {name: %s}
                spec:
                  dataset:
                    name: gaussian-mixture
                    mixture: {d: 4, eta: 0.04, sigma: 0.02, k: 4}
                    split: {train: 500, validation: 500, test: 500}
                  model: {arch: linear}
                  training: {method: fgsm-at, epochs: 2, batchSize: 100}
                  warmStart: {epochs: 1}
                  attack:
                    training: {epsilon: 0.01}
                    validation: {method: fgsm, shards: 1}
                    test: {method: fgsm, shards: 1}
                """, name);
    }
}
