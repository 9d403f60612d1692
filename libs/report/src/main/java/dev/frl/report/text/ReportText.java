package dev.frl.report.text;

import dev.frl.core.run.RunHistory;
import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.report.chart.AxisScale;
import dev.frl.report.statistics.Arm;
import dev.frl.report.statistics.Comparison;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Sentences of the report that are computed from the settings. */
public final class ReportText {
    private ReportText() {}

    /** Net, data, training, start, attack, seeds and arms. Settings that vary are listed with all values. */
    public static String whatWasRun(Comparison comparison) {
        List<RunHistory> runs =
                comparison.arms().stream().flatMap(a -> a.runs().stream()).toList();
        if (runs.isEmpty()) {
            runs = comparison.warmStarts();
        }
        if (runs.isEmpty()) {
            return "There are no runs.";
        }
        List<RunSettings> all = runs.stream().map(r -> r.plan().settings()).toList();
        long seeds = all.stream().map(s -> s.training().seed()).distinct().count();
        return String.format(
                Locale.ROOT,
                "Net %s on %s: %s training, %s validation and %s test images. Training: %s, %s epochs, %s. Evaluation: %s. %s: %s.",
                values(all, RunSettings::architecture),
                values(all, s -> s.dataset().name()),
                values(all, s -> thousands(s.dataset().split().train())),
                values(all, s -> thousands(s.dataset().split().validation())),
                values(all, s -> thousands(s.dataset().split().test())),
                values(all, s -> method(s.training().method(), s.attack().training())),
                values(all, s -> String.valueOf(s.training().epochs())),
                values(all, ReportText::start),
                values(all, s -> attack(s.attack().test())),
                RunNames.count(seeds, "seed") + (comparison.arms().isEmpty() ? "" : " per arm"),
                comparison.arms().isEmpty()
                        ? "warm start only"
                        : comparison.arms().stream().map(Arm::label).collect(Collectors.joining("; ")));
    }

    private static String values(Collection<RunSettings> all, Function<RunSettings, String> value) {
        return all.stream().map(value).distinct().collect(Collectors.joining(" or "));
    }

    /** {@code trades with PGD-10, radius 0.1}: {@code fgsm-at} and {@code bim-at} differ from {@code pgd-at} in the inner attack only. */
    static String method(TrainingMethod method, AttackSettings inner) {
        return method == TrainingMethod.NATURAL
                ? method.label()
                : method.label() + " with " + steps(inner) + radius(inner);
    }

    private static String start(RunSettings s) {
        return s.warmStart() == null
                ? "from random initial weights"
                : s.warmStart()
                        .map(
                                checkpoint -> "from a checkpoint",
                                w -> String.format(
                                        Locale.ROOT,
                                        "from a warm start of %d epochs of %s",
                                        w.epochs(),
                                        w.method().label()));
    }

    /**
     * {@code PGD-20, radius 0.1}; with the loss if it is not cross-entropy, and with the restarts if there are any:
     * {@code PGD-20 on CW, 5 restarts, radius 8/255}. A radius below 1 that is a multiple of 1/255 is written as one.
     */
    static String attack(Attacks.EvaluationAttack evaluation) {
        var a = evaluation.attack();
        String loss = a.loss() == AttackSettings.Loss.CROSS_ENTROPY
                ? ""
                : " on " + a.loss().label().toUpperCase(Locale.ROOT);
        String restarts = evaluation.restartsTaken() == 1
                ? ""
                : String.format(Locale.ROOT, ", %d restarts", evaluation.restartsTaken());
        return steps(a) + loss + restarts + radius(a);
    }

    private static String steps(AttackSettings a) {
        String name = a.method().label().toUpperCase(Locale.ROOT);
        return a.method() == AttackSettings.Method.FGSM ? name : name + "-" + a.steps();
    }

    private static String radius(AttackSettings a) {
        return (a.norm() == AttackSettings.Norm.LINF ? ", radius " : ", L2 radius ") + radius(a.epsilon());
    }

    private static String radius(double epsilon) {
        double levels = epsilon * 255;
        return epsilon > 0 && epsilon < 1 && Math.abs(levels - Math.rint(levels)) < 1e-6
                ? Math.round(levels) + "/255"
                : AxisScale.label(epsilon);
    }

    static String thousands(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    /** {@code 2 h 5 min}, {@code 3 min 20 s}, {@code 4.2 s}. */
    public static String duration(Duration d) {
        long seconds = d.toSeconds();
        if (seconds >= 3600) {
            return String.format(Locale.ROOT, "%d h %d min", seconds / 3600, seconds % 3600 / 60);
        }
        if (seconds >= 60) {
            return String.format(Locale.ROOT, "%d min %d s", seconds / 60, seconds % 60);
        }
        return String.format(Locale.ROOT, "%.1f s", d.toMillis() / 1e3);
    }

    public static String joined(Stream<String> values) {
        return values.distinct().sorted().collect(Collectors.joining(", "));
    }
}
