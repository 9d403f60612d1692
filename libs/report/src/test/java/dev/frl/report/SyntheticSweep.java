package dev.frl.report;

import dev.frl.core.experiment.BestPoint;
import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentSettings;
import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.report.statistics.SweepHistory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Events of the experiment of all {@link SyntheticRun}s. */
public final class SyntheticSweep {
    public static final String ID = "fashion-frl-5f2a9c";

    private static final Instant START = Instant.parse("2026-11-20T09:00:00Z");
    private final List<ExperimentEvent> events = new ArrayList<>();
    private int handedOut;

    /** An exhaustive search without constraints. */
    public SyntheticSweep(int points, int runs) {
        this(ExperimentSettings.ALL_RUNS, points, runs);
    }

    public SyntheticSweep(Constraints constraints, int points, int runs) {
        this(new ExperimentSettings(null, constraints, null, null), points, runs);
    }

    private SyntheticSweep(ExperimentSettings settings, int points, int runs) {
        events.add(new ExperimentEvent.Submitted("fashion-frl", ID, 1, Map.of(), settings, runs, now()));
        events.add(new ExperimentEvent.Started(ID, points, runs, now()));
    }

    private Instant now() {
        return START.plusSeconds(10L * events.size());
    }

    public static Map<String, String> variant(SyntheticRun run) {
        var variant = new LinkedHashMap<>(run.history().plan().variant());
        variant.remove("training.seed");
        return variant;
    }

    public SyntheticSweep handedOut(int point, SyntheticRun run) {
        var plan = run.history().plan();
        int epochs = plan.settings().training().epochs();
        events.add(new ExperimentEvent.RunHandedOut(
                ID, handedOut++, plan.runId(), point, variant(run), epochs, epochs, plan.warmStartRun(), now()));
        return this;
    }

    public SyntheticSweep pruned(int point, SyntheticRun run, int epoch, String reason) {
        events.add(new ExperimentEvent.PointJudged(ID, point, variant(run), 0, epoch, 0.1, 2, 2, false, reason, now()));
        return this;
    }

    public SyntheticSweep extended(int points, int runs) {
        events.add(new ExperimentEvent.Extended(ID, "command", 1, points, runs, null, null, now()));
        return this;
    }

    public SyntheticSweep ended(ExperimentPhase outcome, @Nullable BestPoint best, String reason) {
        events.add(new ExperimentEvent.Ended(ID, outcome, best, reason, now().plusSeconds(100_000)));
        return this;
    }

    public SyntheticSweep reopened() {
        events.add(new ExperimentEvent.Reopened(ID, "extended", now().plusSeconds(100_000)));
        return this;
    }

    public List<ExperimentEvent> events() {
        return List.copyOf(events);
    }

    public ExperimentEvent last() {
        return events.get(events.size() - 1);
    }

    public SweepHistory history() {
        var history = new SweepHistory((ExperimentEvent.Submitted) events.get(0));
        events.stream().skip(1).forEach(history::add);
        return history;
    }
}
