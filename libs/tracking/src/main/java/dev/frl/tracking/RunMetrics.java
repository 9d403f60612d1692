package dev.frl.tracking;

import dev.frl.core.checkpoint.Selection;
import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.PerClass;
import dev.frl.core.fairness.Multipliers;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunEvent.Trained;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.Part;
import dev.frl.report.statistics.FairnessSummary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The metrics that an event adds to a run. They depend only on the event and on earlier events, never on the clock or on later
 * events, so a repeated event gives the same points.
 */
final class RunMetrics {
    /** Charts of more classes than this are slow and unreadable: percentiles are recorded instead. */
    static final int MOST_CLASSES = 20;

    /** Step of metrics with a single value: MLflow then draws a bar for each run instead of a single point at an epoch. */
    private static final int ONCE = 0;

    private final RunHistory history;
    private final List<MetricPoint> points = new ArrayList<>();
    private List<String> names = List.of();

    private RunMetrics(RunHistory history) {
        this.history = history;
    }

    /** The metrics of an event; empty for an event without numbers and for a repeat of an epoch. */
    static List<MetricPoint> of(RunHistory history, RunEvent event) {
        var metrics = new RunMetrics(history);
        if (event instanceof Trained e
                && e.epoch().equals(history.trained().get(e.epoch().epoch()))) {
            metrics.trained(e.epoch());
        } else if (event instanceof EpochEvaluated e
                && e.equals(history.evaluated().get(e.epoch()))) {
            metrics.evaluated(e);
        } else if (event instanceof TestEvaluated e
                && e.equals(history.testEvent(e.selection()).orElse(null))) {
            metrics.tested(e);
        } else if (event instanceof Finished) {
            metrics.finished();
        }
        return metrics.points;
    }

    private void add(String name, double value, int step) {
        if (!Double.isNaN(value)) {
            points.add(new MetricPoint(name, value, step));
        }
    }

    private void trained(EpochTrained e) {
        if (e.loss() != null) {
            add("train/loss", e.loss(), e.epoch());
        }
        if (e.epoch() > 0) {
            var settings = history.plan().settings().training();
            add("train/epoch_seconds", e.duration().toMillis() / 1e3, e.epoch());
            double rate =
                    settings.optimizer().learningRate() * settings.schedule().at(e.epoch(), settings.epochs());
            add("train/learning_rate", rate, e.epoch());
        }
    }

    private void evaluated(EpochEvaluated e) {
        if (e.isPartial()) {
            add("val/shard_fraction", (double) e.shards() / e.allShards(), e.epoch());
            add("val/images", e.images(), e.epoch());
        }
        summary("val", e.errors(), e.epoch());
        classes("class", e.errors(), e.epoch());
        attack(e);
        var settings = history.plan().settings();
        if (e.update().forEpoch() <= settings.training().epochs()) {
            treatment(e);
        }
    }

    private void tested(TestEvaluated e) {
        String prefix = e.selection() == Selection.LAST ? "test" : "test_best";
        add(prefix + "/epoch", e.epoch(), ONCE);
        summary(prefix, e.errors(), ONCE);
        classes(prefix + "_class", e.errors(), ONCE);
    }

    /** Accuracies of the last and the best epoch as metrics of their own: MLflow's tables show only the last value of a metric. */
    private void finished() {
        EpochEvaluated last = null;
        for (EpochEvaluated e : history.evaluated().values()) {
            last = e;
        }
        if (last == null) {
            return;
        }
        finals("last", last.errors(), last.epoch());
        EpochEvaluated best = history.evaluated().get(last.bestEpoch());
        if (best != null) {
            finals("best", best.errors(), best.epoch());
        }
    }

    private void finals(String prefix, ClassErrors errors, int epoch) {
        var fairness = FairnessSummary.of(errors);
        add(prefix + "/epoch", epoch, ONCE);
        add(prefix + "/clean_acc", 1 - errors.totalStandard(), ONCE);
        add(prefix + "/robust_acc", 1 - errors.totalRobust(), ONCE);
        add(prefix + "/worst_class_clean_acc", 1 - fairness.standard().worst(), ONCE);
        add(prefix + "/worst_class_robust_acc", 1 - fairness.robust().worst(), ONCE);
    }

    private void summary(String prefix, ClassErrors errors, int step) {
        var fairness = FairnessSummary.of(errors);
        add(prefix + "/clean_acc", 1 - errors.totalStandard(), step);
        add(prefix + "/robust_acc", 1 - errors.totalRobust(), step);
        add(prefix + "/boundary_err", errors.totalBoundary(), step);
        add(prefix + "/worst_class/clean_acc", 1 - fairness.standard().worst(), step);
        add(prefix + "/worst_class/robust_acc", 1 - fairness.robust().worst(), step);
        add(prefix + "/worst_class/id", fairness.robust().worstClass(), step);
        add(prefix + "/gap/clean_acc", fairness.standard().gap(), step);
        add(prefix + "/gap/robust_acc", fairness.robust().gap(), step);
        add(prefix + "/ratio/robust_acc", fairness.robust().accuracyRatio(), step);
        add(prefix + "/cv/robust_err", fairness.robust().variation(), step);
    }

    private void classes(String prefix, ClassErrors errors, int step) {
        perClass(prefix, "standard_err", errors.standard(), step);
        perClass(prefix, "boundary_err", errors.boundary(), step);
        perClass(prefix, "robust_err", errors.robust(), step);
    }

    private void treatment(EpochEvaluated e) {
        var settings = history.plan().settings();
        var policy = settings.fairness().policy();
        var treatment = e.update().treatment();
        int step = e.update().forEpoch();
        if (policy.reweights()) {
            perClass("class", "standard_weight", treatment.standardWeights(), step);
            perClass("class", "boundary_weight", treatment.boundaryWeights(), step);
        }
        if (policy.remargins()) {
            double radius = settings.attack().training().epsilon();
            perClass("class", "eps", treatment.margins().times(radius), step);
        }
        if (e.update().state() instanceof Multipliers multipliers) {
            multipliers(policy, multipliers, step);
        }
    }

    /** Only those that the policy moves: the others are 0 in all epochs. */
    private void multipliers(Policy policy, Multipliers multipliers, int step) {
        if (policy.reweights()) {
            perClass("ctl", "phi_standard", multipliers.standard(), step);
            perClass("ctl", "phi_boundary", multipliers.boundary(), step);
        }
        if (policy.remargins()) {
            perClass("ctl", "psi_margin", multipliers.margin(), step);
        }
    }

    private void perClass(String prefix, String what, PerClass values, int step) {
        if (values.classes() > MOST_CLASSES) {
            percentiles(prefix, what, values, step);
            return;
        }
        if (names.isEmpty()) {
            names = MetricNames.classes(history.classNames());
        }
        for (int i = 0; i < values.classes(); i++) {
            String name = i < names.size() ? names.get(i) : String.valueOf(i);
            add(MetricNames.ofClass(prefix, name, what), values.get(i), step);
        }
    }

    private void percentiles(String prefix, String what, PerClass values, int step) {
        double[] sorted = values.stream().filter(v -> !Double.isNaN(v)).sorted().toArray();
        if (sorted.length == 0) {
            return;
        }
        for (int p : new int[] {0, 10, 50, 90, 100}) {
            add(
                    MetricNames.ofClass(prefix, "p" + p, what),
                    sorted[(int) Math.round(p / 100.0 * (sorted.length - 1))],
                    step);
        }
        double[] five = Arrays.copyOfRange(sorted, Math.max(0, sorted.length - 5), sorted.length);
        add(
                MetricNames.ofClass(prefix, "largest5", what),
                Arrays.stream(five).average().orElse(Double.NaN),
                step);
    }

    /** Cost of an epoch's evaluation: seconds of work of the attackers, and shards that were requested again. */
    private void attack(EpochEvaluated e) {
        Set<Integer> attempts = new HashSet<>();
        int repeated = 0;
        for (RunEvent event : history.events()) {
            if (event instanceof ShardsRequested s
                    && s.part() == Part.VALIDATION
                    && s.epoch() == e.epoch()
                    && s.attempt() > 1
                    && attempts.add(s.attempt())) {
                repeated += s.shards();
            }
        }
        add("attack/seconds", e.attackDuration().toMillis() / 1e3, e.epoch());
        add("attack/repeated_shards", repeated, e.epoch());
    }
}
