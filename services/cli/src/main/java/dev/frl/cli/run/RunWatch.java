package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.LiveArea;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunEvent.TrainingRequested;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.Selection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Follows some runs to their end and shows it on stderr: on a terminal in lines that change in place, else in a line for each
 * thing that happened.
 */
public final class RunWatch {
    private static final Duration BETWEEN_DRAWINGS = Duration.ofMillis(250);

    private final CliContext context;
    private final RunHistories book;
    private final Set<String> ids;
    private final RunProgress progress;
    private final LiveArea area;
    private @Nullable Instant drawn;

    /** @param book what is known already; it grows */
    public RunWatch(CliContext context, String title, List<RunPlan> plans, RunHistories book) {
        this.context = context;
        this.book = book;
        this.ids = plans.stream().map(RunPlan::runId).collect(Collectors.toSet());
        this.progress = new RunProgress(
                title, plans, book, context.terminal(), context.clock().instant());
        this.area = new LiveArea(context.err(), context.terminal().size());
    }

    /** @return whether all runs have ended; false if the user wants to stop */
    public boolean toTheEnd(Cluster cluster) {
        book.beginAgain();
        tick();
        cluster.follow(this::enough, this::accept);
        draw(context.clock().instant()); // the last state stays on the screen
        return progress.allEnded();
    }

    /** Prints a line that does not disturb what is shown. */
    void say(String line) {
        if (context.terminal().err()) {
            area.above(line);
        } else {
            context.err().println(line);
        }
    }

    private boolean enough() {
        tick();
        return context.stop().requested() || progress.allEnded();
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

    private void accept(RunEvent event) {
        if (!book.add(event) || !ids.contains(event.runId())) {
            return;
        }
        var run = book.history(event.runId()).orElseThrow();
        String name = Runs.what(run.plan());
        if (event instanceof TrainingRequested r && r.reason() != null) {
            say("%s: given to a trainer again, attempt %d: %s"
                    .formatted(name, r.attempt(), HumanFormat.line(r.reason())));
        } else if (event instanceof ShardsRequested r && r.reason() != null) {
            say("%s: %s asked for again, attempt %d: %s"
                    .formatted(
                            name,
                            HumanFormat.count(r.shards().size(), "shard"),
                            r.attempt(),
                            HumanFormat.line(r.reason())));
        } else if (event instanceof Failed f) {
            say("%s: failed: %s".formatted(name, HumanFormat.line(f.reason())));
        } else if (!context.terminal().err()) {
            line(event, name, run);
        }
    }

    private void line(RunEvent event, String name, RunHistory run) {
        String text;
        if (event instanceof EpochEvaluated j) {
            int epochs = run.plan().settings().training().epochs();
            text = RunProgress.evaluated(run, Runs.worst(run, j.errors(), "epoch %d/%d".formatted(j.epoch(), epochs)));
        } else if (event instanceof TestEvaluated t) {
            String on = t.selection() == Selection.LAST ? "test" : "test of the best epoch";
            text = RunProgress.evaluated(run, Runs.worst(run, t.errors(), on));
        } else if (event instanceof Finished) {
            text = name + ": finished";
        } else {
            return;
        }
        context.err().println("[" + progress.whole(context.clock().instant()).strip() + "] " + text);
    }
}
