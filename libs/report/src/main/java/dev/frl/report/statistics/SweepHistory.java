package dev.frl.report.statistics;

import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.experiment.ExperimentEvent.Ended;
import dev.frl.core.experiment.ExperimentEvent.Extended;
import dev.frl.core.experiment.ExperimentEvent.PointJudged;
import dev.frl.core.experiment.ExperimentEvent.Reopened;
import dev.frl.core.experiment.ExperimentEvent.RunHandedOut;
import dev.frl.core.experiment.ExperimentEvent.Started;
import dev.frl.core.experiment.ExperimentEvent.Submitted;
import dev.frl.core.experiment.ExperimentSettings;
import dev.frl.core.experiment.Search;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The events of one experiment, indexed for its report and for MLflow. A repeated event changes nothing. Not thread-safe. */
public final class SweepHistory {
    private final Submitted submitted;
    private final TreeMap<Integer, HandedOut> points = new TreeMap<>();
    private final TreeMap<Integer, PointJudged> pruned = new TreeMap<>();
    private @Nullable Started started;
    private final TreeSet<Instant> ends = new TreeSet<>();
    private int seedsPerPoint;
    private @Nullable Ended end;

    public SweepHistory(Submitted submitted) {
        this.submitted = submitted;
    }

    /**
     * A point of which at least one run was handed out.
     *
     * @param number number of the point, from 0
     * @param variant swept settings but the seed: path to value as written
     * @param runs ids of its runs that were handed out
     */
    public record HandedOut(int number, Map<String, String> variant, List<String> runs) {
        public HandedOut {
            runs = List.copyOf(runs);
        }

        /** Such as {@code frl-reweight, beta=6}. */
        public String name() {
            return Grouping.pointName(variant);
        }

        private HandedOut with(String run) {
            if (runs.contains(run)) {
                return this;
            }
            var more = new ArrayList<>(runs);
            more.add(run);
            return new HandedOut(number, variant, more);
        }
    }

    /** @throws IllegalArgumentException if the event belongs to another experiment */
    public void add(ExperimentEvent event) {
        if (!event.experimentId().equals(experimentId())) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "event of experiment %s in the history of %s", event.experimentId(), experimentId()));
        }
        if (event instanceof Started s) {
            started = s;
            seedsPerPoint = perPoint(s.runs(), s.points());
        } else if (event instanceof Extended e) {
            seedsPerPoint = perPoint(e.runs(), e.points());
        } else if (event instanceof RunHandedOut run) {
            points.merge(
                    run.point(),
                    new HandedOut(run.point(), run.variant(), List.of(run.runId())),
                    (known, more) -> known.with(run.runId()));
        } else if (event instanceof PointJudged verdict && !verdict.advanced()) {
            pruned.put(verdict.point(), verdict);
        } else if (event instanceof Ended e) {
            end = e;
            ends.add(e.at());
        } else if (event instanceof Reopened) {
            end = null;
        }
    }

    private static int perPoint(int runs, int points) {
        return points == 0 ? 0 : (runs + points - 1) / points;
    }

    public String experimentId() {
        return submitted.experimentId();
    }

    public ExperimentSettings settings() {
        return submitted.settings();
    }

    /** The search, in words. */
    public String search() {
        return Search.of(settings()).label();
    }

    public boolean isStarted() {
        return started != null;
    }

    /** Whether the spec had more than one point; an extension does not change that. */
    public boolean hadSeveralPoints() {
        return started != null && started.points() > 1;
    }

    /** Number of seeds that a point will have; the largest one where points differ. 0 before all runs are in. */
    public int seedsPerPoint() {
        return seedsPerPoint;
    }

    /** Points in their order, those whose runs all wait left out. */
    public List<HandedOut> points() {
        return List.copyOf(points.values());
    }

    /** Last verdict on each pruned point, by its number. */
    public Map<Integer, PointJudged> pruned() {
        return Collections.unmodifiableMap(pruned);
    }

    /** Empty while the experiment goes on, and after it is reopened. */
    public Optional<Ended> end() {
        return Optional.ofNullable(end);
    }

    /** How often the experiment had ended before its end: 0, unless it was extended or retried. */
    public int earlierEnds() {
        return end == null ? ends.size() : ends.headSet(end.at()).size();
    }
}
