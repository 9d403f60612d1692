package dev.frl.cli;

import dev.frl.core.run.Selection;

import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunEvent.TrainingRequested;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
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
final class RunWatch {
    private static final Duration BETWEEN_DRAWINGS = Duration.ofMillis(250);

    private final World world;
    private final RunBook book;
    private final Set<String> ids;
    private final RunProgress progress;
    private final LiveArea area;
    private @Nullable Instant drawn;

    /** @param book what is known already; it grows */
    RunWatch(World world, String title, List<RunPlan> plans, RunBook book) {
        this.world = world;
        this.book = book;
        this.ids = plans.stream().map(RunPlan::runId).collect(Collectors.toSet());
        this.progress = new RunProgress(
                title, plans, book, world.terminal(), world.clock().instant());
        this.area = new LiveArea(world.err(), world.terminal().size());
    }

    /** @return whether all runs have ended; false if the user wants to stop */
    boolean toTheEnd(Cluster cluster) {
        book.beginAgain();
        tick();
        cluster.follow(this::enough, this::accept);
        draw(world.clock().instant()); // the last state stays on the screen
        return progress.allEnded();
    }

    /** Prints a line that does not disturb what is shown. */
    void say(String line) {
        if (world.terminal().err()) {
            area.above(line);
        } else {
            world.err().println(line);
        }
    }

    private boolean enough() {
        tick();
        return world.stop().requested() || progress.allEnded();
    }

    private void tick() {
        Instant now = world.clock().instant();
        if (drawn == null || Duration.between(drawn, now).compareTo(BETWEEN_DRAWINGS) >= 0) {
            draw(now);
        }
    }

    private void draw(Instant now) {
        drawn = now;
        if (world.terminal().err()) {
            int rows = world.terminal().size().get().rows();
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
            say("%s: given to a trainer again, attempt %d: %s".formatted(name, r.attempt(), InWords.line(r.reason())));
        } else if (event instanceof ShardsRequested r && r.reason() != null) {
            say("%s: %s asked for again, attempt %d: %s"
                    .formatted(name, InWords.count(r.shards().size(), "shard"), r.attempt(), InWords.line(r.reason())));
        } else if (event instanceof Failed f) {
            say("%s: failed: %s".formatted(name, InWords.line(f.reason())));
        } else if (!world.terminal().err()) {
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
        world.err().println("[" + progress.whole(world.clock().instant()).strip() + "] " + text);
    }
}
