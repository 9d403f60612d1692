package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.LiveArea;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.Parked;
import dev.frl.core.run.RunEvent.Reopened;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.run.RunEvent.Stopped;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunEvent.TrainingRequested;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.client.RunLogReader;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Follows some runs to their end and shows their progress on stderr: on a terminal in lines that change in place, else in a
 * line for each event.
 */
public final class RunWatch {
    private static final Duration BETWEEN_DRAWINGS = Duration.ofMillis(250);

    /** Without a terminal, progress within an epoch is printed when nothing else was for this long. */
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(1);

    /** Between two looks at the experiment, while runs of it are not handed out yet. */
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);

    private final CliContext context;
    private final RunHistories histories;
    private final Set<String> ids;
    private final Set<String> experiments;
    private final RunProgress progress;
    private final LiveArea area;
    private @Nullable Instant drawn;
    private Instant printed;
    private Instant looked;
    private boolean ended;

    /** @param histories known so far; it grows */
    public RunWatch(CliContext context, String title, List<RunPlan> plans, RunHistories histories) {
        this.context = context;
        this.histories = histories;
        this.printed = context.clock().instant();
        this.looked = printed;
        this.ids = plans.stream().map(RunPlan::runId).collect(Collectors.toSet());
        this.experiments = plans.stream()
                .filter(plan -> !plan.warmStart())
                .map(RunPlan::experimentId)
                .collect(Collectors.toSet());
        this.progress = new RunProgress(
                title, plans, histories, context.terminal(), context.clock().instant());
        this.area = new LiveArea(context.err(), context.terminal().size());
    }

    /**
     * Reads from the time on at which the runs were planned.
     *
     * @return true if all runs have ended, or will not be handed out; false if the user interrupted
     */
    public boolean toTheEnd(Cluster cluster) {
        return toTheEnd(cluster, () -> {});
    }

    /** @param check called several times a second; what it throws ends the watch */
    boolean toTheEnd(Cluster cluster, Runnable check) {
        Instant now = context.clock().instant();
        var times = new HashMap<String, Instant>();
        ids.forEach(id ->
                times.put(id, histories.status(id).map(RunStatus::plannedAt).orElse(now)));
        tick();
        var skipped = cluster.follow(times, new RunLogReader.Follower() {
            @Override
            public boolean enough() {
                check.run();
                tick();
                ended = progress.allEnded() || experimentEnded(cluster);
                return context.interrupt().requested() || ended;
            }

            @Override
            public void event(RunEvent event) {
                accept(event);
            }

            @Override
            public void status(RunStatus status) {
                accept(status);
            }
        });
        draw(context.clock().instant()); // the last state stays on the screen
        LostRecords.tell(context, skipped);
        return ended;
    }

    /** Whether the experiment of runs that are not handed out has ended without them, and all others have ended. */
    private boolean experimentEnded(Cluster cluster) {
        Instant now = context.clock().instant();
        if (Duration.between(looked, now).compareTo(BETWEEN_LOOKS) < 0) {
            return false;
        }
        looked = now;
        boolean onlyMissing = ids.stream()
                .allMatch(id -> histories.ended(id) || histories.status(id).isEmpty());
        return onlyMissing && !experiments.isEmpty() && haveEnded(cluster);
    }

    private boolean haveEnded(Cluster cluster) {
        try {
            var statuses = ExperimentStatuses.quietly(cluster);
            return experiments.stream().allMatch(statuses::ended);
        } catch (CliException e) { // the runs are followed all the same
            return false;
        }
    }

    /** Prints a line above the live lines. */
    void say(String line) {
        if (context.terminal().err()) {
            area.above(line);
        } else {
            context.err().println(line);
        }
    }

    private void tick() {
        Instant now = context.clock().instant();
        if (drawn == null || Duration.between(drawn, now).compareTo(BETWEEN_DRAWINGS) >= 0) {
            draw(now);
        }
    }

    private void draw(Instant now) {
        drawn = now;
        if (context.terminal().err()) {
            int rows = context.terminal().size().get().rows();
            area.show(progress.lines(now, rows - 2));
        } else {
            progress.whole(now); // keeps the rate current
        }
    }

    private void accept(RunStatus status) {
        histories.add(status);
        Instant now = context.clock().instant();
        boolean quiet = Duration.between(printed, now).compareTo(LONGEST_SILENCE) > 0;
        if (quiet && !context.terminal().err()) {
            RunSummary.progress(status).ifPresent(text -> {
                String name = histories
                        .history(status.runId())
                        .map(h -> RunSummary.what(h.plan()))
                        .orElse(status.runId());
                print(name + ": " + text);
            });
        }
    }

    private void accept(RunEvent event) {
        if (!histories.add(event)) {
            return;
        }
        var run = histories.history(event.runId()).orElseThrow();
        String name = RunSummary.what(run.plan());
        if (event instanceof TrainingRequested r && r.reason() != null) {
            say(String.format(
                    Locale.ROOT,
                    "%s: training reassigned, attempt %d: %s",
                    name,
                    r.attempt(),
                    HumanFormat.reason(r.reason(), context.clock().instant())));
        } else if (event instanceof ShardsRequested r && r.reason() != null) {
            say(String.format(
                    Locale.ROOT,
                    "%s: %s reassigned, attempt %d: %s",
                    name,
                    HumanFormat.count(r.shards(), "shard"),
                    r.attempt(),
                    HumanFormat.reason(r.reason(), context.clock().instant())));
        } else if (event instanceof Failed f) {
            say(String.format(
                    Locale.ROOT,
                    "%s: failed: %s",
                    name,
                    HumanFormat.reason(f.reason(), context.clock().instant())));
        } else if (event instanceof Stopped s) {
            say(String.format(
                    Locale.ROOT,
                    "%s: stopped: %s",
                    name,
                    HumanFormat.reason(s.reason(), context.clock().instant())));
        } else if (event instanceof Parked p) {
            say(String.format(
                    Locale.ROOT,
                    "%s: paused: %s",
                    name,
                    HumanFormat.reason(p.reason(), context.clock().instant())));
        } else if (event instanceof Reopened r) {
            say(String.format(
                    Locale.ROOT,
                    "%s: goes on, attempt %d: %s",
                    name,
                    r.attempt(),
                    HumanFormat.reason(r.reason(), context.clock().instant())));
        } else if (!context.terminal().err()) {
            line(event, name, run);
        }
    }

    private void line(RunEvent event, String name, RunHistory run) {
        String text;
        if (event instanceof EpochEvaluated e) {
            int epochs = run.plan().settings().training().epochs();
            text = RunProgress.evaluated(
                    name,
                    RunSummary.worst(
                            run,
                            e.errors(),
                            String.format(Locale.ROOT, "epoch %d/%d%s", e.epoch(), epochs, RunSummary.partial(e))));
        } else if (event instanceof TestEvaluated t) {
            String on = t.selection() == Selection.LAST ? "test" : "test of the best epoch";
            text = RunProgress.evaluated(name, RunSummary.worst(run, t.errors(), on));
        } else if (event instanceof Finished) {
            text = name + ": finished";
        } else {
            return;
        }
        print(text);
    }

    /** Prints a line with the progress of all runs, where there is no terminal. */
    private void print(String text) {
        printed = context.clock().instant();
        context.err().println("[" + progress.whole(printed).strip() + "] " + text);
    }
}
