package dev.frl.cli;

import dev.frl.cli.run.RunHistories;
import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.errors.Tally;
import dev.frl.core.failure.Failures;
import dev.frl.core.fairness.EpochEvaluation;
import dev.frl.core.fairness.FairnessPolicy;
import dev.frl.core.fairness.PolicyState;
import dev.frl.core.run.DataManifest;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunState;
import dev.frl.core.run.Work;
import dev.frl.core.settings.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Events of a run with two classes; cats are harder than dogs. */
final class FakeRun {
    private static final CheckpointRef WEIGHTS = new CheckpointRef("file:/weights", "ab".repeat(32));
    private static final DataManifest MANIFEST =
            new DataManifest(List.of("cat", "dog"), List.of(10L, 10L), List.of(10L, 10L));

    private final RunPlan plan;
    private final List<RunEvent> events = new ArrayList<>();
    private final FairnessPolicy policy;
    private PolicyState state;
    private Instant now;
    private Tally tally = tally(6, 3);
    private int shards = 2;

    FakeRun(RunPlan plan, Instant start) {
        this.plan = plan;
        this.policy = FairnessPolicy.of(plan.settings().fairness());
        this.state = policy.initial(2);
        this.now = start;
        events.add(new RunEvent.Planned(plan, now));
    }

    /** All events from the plan to the end. */
    static List<RunEvent> finished(RunPlan plan, Instant start) {
        var run = new FakeRun(plan, start).requested();
        for (int epoch = 0; epoch <= plan.settings().training().epochs(); epoch++) {
            run.epoch(epoch);
        }
        return run.tested().add(new RunEvent.Finished(plan.runId(), run.now)).events();
    }

    /**
     * The same with other errors under attack.
     *
     * @param cats misclassified cats, at least 2
     * @param dogs misclassified dogs, at least 0
     */
    static List<RunEvent> finished(RunPlan plan, Instant start, int cats, int dogs) {
        var run = new FakeRun(plan, start).requested();
        run.tally = tally(cats, dogs);
        for (int epoch = 0; epoch <= plan.settings().training().epochs(); epoch++) {
            run.epoch(epoch);
        }
        return run.tested().add(new RunEvent.Finished(plan.runId(), run.now)).events();
    }

    static List<RunEvent> failed(RunPlan plan, Instant start, String reason) {
        var run = new FakeRun(plan, start).requested().epoch(0);
        return run.add(new RunEvent.Failed(plan.runId(), reason, run.now)).events();
    }

    /** All events to a stop before the first epoch is evaluated. */
    static List<RunEvent> stopped(RunPlan plan, Instant start, String reason) {
        var run = new FakeRun(plan, start).requested().epoch(0);
        return run.add(new RunEvent.Stopped(plan.runId(), reason, run.now)).events();
    }

    FakeRun requested() {
        return add(new RunEvent.TrainingRequested(plan.runId(), 1, Failures.NONE, null, tick()));
    }

    FakeRun epoch(int epoch) {
        return trained(epoch).evaluation(epoch).evaluated(epoch);
    }

    FakeRun trained(int epoch) {
        Double loss = epoch == 0 ? null : 1.0 / epoch;
        return add(new RunEvent.Trained(
                new RunInput.EpochTrained(
                        plan.runId(),
                        epoch,
                        1,
                        WEIGHTS,
                        null,
                        MANIFEST,
                        loss,
                        Duration.ofSeconds(10),
                        "host",
                        "engine",
                        now),
                true,
                tick()));
    }

    /** The first of two shards is counted. */
    FakeRun evaluation(int epoch) {
        return add(new RunEvent.ShardsRequested(
                        plan.runId(),
                        Part.VALIDATION,
                        epoch,
                        1,
                        Failures.NONE,
                        2,
                        null,
                        WEIGHTS,
                        Selection.LAST,
                        null,
                        tick()))
                .counted(epoch, 0);
    }

    /** A fact of the controller: no event of the log says so. */
    private FakeRun counted(int epoch, int shard) {
        return add(new RunEvent.ShardCounted(
                plan.runId(), Part.VALIDATION, epoch, shard, tally, Duration.ofSeconds(1), "host", tick()));
    }

    /** A worker reports how far it is, and 812 images a second. */
    FakeRun progressed(Work work, double share) {
        return add(new RunEvent.Progressed(
                new RunInput.WorkProgressed(plan.runId(), work, 1, share, 812, "gpu-3", now), tick()));
    }

    FakeRun evaluated(int epoch) {
        var update = policy.next(state, new EpochEvaluation(tally), epoch);
        state = update.state();
        return add(new RunEvent.EpochEvaluated(
                plan.runId(), epoch, shards, 2, tally, Duration.ofSeconds(1), update, epoch, 1, WEIGHTS, tick()));
    }

    /** The epochs that follow are evaluated on the first of two shards. */
    FakeRun partial() {
        shards = 1;
        return this;
    }

    FakeRun tested() {
        return add(new RunEvent.TestEvaluated(
                plan.runId(),
                Selection.LAST,
                plan.settings().training().epochs(),
                WEIGHTS,
                tally,
                Duration.ofSeconds(1),
                tick()));
    }

    FakeRun add(RunEvent event) {
        events.add(event);
        return this;
    }

    List<RunEvent> events() {
        return List.copyOf(events);
    }

    /** Adds what can be read of the run: its events in the log, and its latest status. */
    void addTo(RunHistories histories) {
        events.stream().filter(RunEvent::isLogged).forEach(histories::add);
        histories.add(RunState.replay(events).status());
    }

    private Instant tick() {
        now = now.plusSeconds(5);
        return now;
    }

    /** 10 images per class: 2 cats and 1 dog misclassified without attack; under attack the given ones. */
    private static Tally tally(int cats, int dogs) {
        return Tally.of(2, new long[] {8, 2, 1, 9}, new long[] {10 - cats, cats, dogs, 10 - dogs});
    }
}
