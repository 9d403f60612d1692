package dev.frl.report;

import dev.frl.core.fairness.Multipliers;
import dev.frl.core.run.RunHistory;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.report.SyntheticRun.Choice;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A synthetic experiment with realistic numbers: the errors of a class fall as its multipliers rise, and the errors of the other
 * classes rise a little. The multipliers come from the real policy.
 */
public final class SyntheticExperiment {
    private static final List<String> FASHION = List.of(
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot");
    private static final double[] STANDARD = {.17, .04, .24, .14, .25, .06, .59, .07, .05, .06};
    private static final double[] ROBUST = {.36, .12, .48, .30, .52, .17, .91, .19, .13, .14};

    private final int classes;
    private final int epochs;

    public SyntheticExperiment(int classes, int epochs) {
        this.classes = classes;
        this.epochs = epochs;
    }

    public List<String> names() {
        return classes == 10
                ? FASHION
                : IntStream.range(0, classes).mapToObj(i -> "class " + i).toList();
    }

    /** Warm starts first, then every policy with every seed. */
    public List<SyntheticRun> runs(List<Policy> policies, int seeds) {
        var runs = new ArrayList<SyntheticRun>();
        for (int seed = 1; seed <= seeds; seed++) {
            runs.add(warmStart(seed));
        }
        for (Policy policy : policies) {
            for (int seed = 1; seed <= seeds; seed++) {
                runs.add(run(policy, seed));
            }
        }
        return runs;
    }

    public static List<RunHistory> histories(List<SyntheticRun> runs) {
        return runs.stream().map(SyntheticRun::history).toList();
    }

    private SyntheticRun warmStart(int seed) {
        var random = new SplittableRandom(seed);
        var run = new SyntheticRun(Choice.warmStart(seed), names());
        return run.epoch(1, errors(STANDARD, random, 0), errors(ROBUST, random, 0))
                .tested(1, errors(STANDARD, random, 0.01), errors(ROBUST, random, 0.01))
                .finished();
    }

    private SyntheticRun run(Policy policy, int seed) {
        var random = new SplittableRandom(seed * 31L + policy.ordinal());
        var choice = Choice.of(policy.label() + "-" + seed, policy, seed).epochs(epochs);
        var run = new SyntheticRun(choice, names());
        for (int epoch = 0; epoch <= epochs; epoch++) {
            double progress = -0.012 * Math.min(1, epoch / 5.0);
            run.epoch(
                    epoch,
                    treated(errors(STANDARD, random, progress), run, 0.9),
                    treated(errors(ROBUST, random, progress), run, 1.0));
        }
        return run.tested(
                        epochs,
                        treated(errors(STANDARD, random, -0.012), run, 0.9),
                        treated(errors(ROBUST, random, -0.012), run, 1.0))
                .finished();
    }

    private double[] errors(double[] base, SplittableRandom random, double shift) {
        return IntStream.range(0, classes)
                .mapToDouble(i -> clamp(base[i % base.length] * (1 - 0.2 * (i / base.length % 5) / 5.0)
                        + shift
                        + (random.nextDouble() - 0.5) * 0.05))
                .toArray();
    }

    private double[] treated(double[] errors, SyntheticRun run, double strength) {
        var multipliers = run.state() instanceof Multipliers m ? m : Multipliers.zero(classes);
        return IntStream.range(0, classes)
                .mapToDouble(i -> {
                    double own = multipliers.standard().get(i)
                            + multipliers.boundary().get(i)
                            + 0.5 * Math.max(0, multipliers.margin().get(i));
                    double all = multipliers.standard().sum()
                            + multipliers.boundary().sum();
                    return clamp(errors[i] - strength * 0.55 * Math.min(own, 0.6) + 0.05 * strength * all);
                })
                .toArray();
    }

    private static double clamp(double v) {
        return Math.max(0.01, Math.min(0.99, v));
    }
}
