package dev.frl.cli.sweep;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.run.ExperimentStatuses;
import dev.frl.cli.run.RunFinder;
import dev.frl.cli.run.RunStatuses;
import dev.frl.core.experiment.BestPoint;
import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.run.RunStatus;
import dev.frl.report.statistics.SweepPoint;
import dev.frl.report.statistics.SweepPoints;
import dev.frl.report.statistics.SweepRun;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A sweep as it stands: its experiment, and every point of which a run was handed out. Immutable. */
final class SweepView {
    private static final String SEED = "training.seed";

    private final String experimentId;
    private final Optional<ExperimentStatus> experiment;
    private final SweepPoints points;
    private final List<RunStatus> runs;

    private SweepView(String experimentId, Optional<ExperimentStatus> experiment, List<RunStatus> runs) {
        this.experimentId = experimentId;
        this.experiment = experiment;
        this.runs = runs;
        this.points = SweepPoints.of(runs.stream()
                .map(run -> new SweepRun(run.variant(), run.seed(), PointRow.state(run), run.validation()))
                .toList());
    }

    /**
     * Reads it.
     *
     * @param name run or experiment
     * @throws CliException if there is no such run or experiment; suggests the nearest names
     */
    static SweepView read(CliContext context, Cluster cluster, String name) {
        var statuses = RunStatuses.of(context, cluster);
        var experiments = ExperimentStatuses.of(context, cluster);
        var target = RunFinder.target(statuses, experiments, name);
        String id = target.run() == null ? target.id() : target.run().experimentId();
        return new SweepView(id, experiments.of(id), RunFinder.ofExperimentAlone(statuses, id));
    }

    String experimentId() {
        return experimentId;
    }

    /** Empty if nothing is known of it but its runs. */
    Optional<ExperimentStatus> experiment() {
        return experiment;
    }

    Constraints constraints() {
        return experiment.map(e -> e.settings().constraints()).orElse(Constraints.NONE);
    }

    /** Every point of which a run was handed out: finished ones first, each kind from the best worst class on. */
    List<PointRow> rows() {
        return rows(points.all().stream()
                .sorted(Comparator.comparingInt(SweepView::rank)
                        .thenComparing(p -> p.worstRobust().mean(), Comparator.comparingDouble(SweepView::descending)))
                .toList());
    }

    private static double descending(double mean) {
        return Double.isNaN(mean) ? 1 : -mean;
    }

    private static int rank(SweepPoint point) {
        return point.isFinished() ? 0 : point.count(SweepRun.Standing.OPEN) > 0 ? 1 : 2;
    }

    /** The best finished point that meets the constraints; of an ended experiment, the one that it named. */
    Optional<PointRow> best() {
        var named = experiment
                .filter(e -> e.phase().isTerminal())
                .flatMap(e -> Optional.ofNullable(e.best()))
                .map(BestPoint::variant)
                .flatMap(variant -> points.all().stream()
                        .filter(p -> p.isFinished() && p.variant().equals(variant))
                        .findFirst());
        return named.or(() -> points.best(constraints())).map(this::row);
    }

    /** The finished point that lacks least to the constraints; empty if one meets them. */
    Optional<PointRow> nearestMiss() {
        return best().isPresent()
                ? Optional.empty()
                : points.nearestMiss(constraints()).map(this::row);
    }

    /** Finished points of which no other is better in the worst class and on average. */
    List<PointRow> front() {
        return rows(points.front());
    }

    private List<PointRow> rows(List<SweepPoint> some) {
        return some.stream().map(this::row).toList();
    }

    private PointRow row(SweepPoint point) {
        return new PointRow(
                point,
                runs.stream()
                        .filter(run -> variant(run).equals(point.variant()))
                        .sorted(Comparator.comparingLong(RunStatus::seed))
                        .toList());
    }

    private static Map<String, String> variant(RunStatus run) {
        var variant = new LinkedHashMap<>(run.variant());
        variant.remove(SEED);
        return variant;
    }

    /** Number of points of which no run was handed out yet. */
    int notBegun() {
        return experiment
                .map(e -> Math.max(0, e.points() - points.all().size()))
                .orElse(0);
    }
}
