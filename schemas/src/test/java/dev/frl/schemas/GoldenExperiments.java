package dev.frl.schemas;

import dev.frl.schemas.experiments.AddRun;
import dev.frl.schemas.experiments.Ended;
import dev.frl.schemas.experiments.Extended;
import dev.frl.schemas.experiments.ExtensionBegun;
import dev.frl.schemas.experiments.ExtensionRunSeen;
import dev.frl.schemas.experiments.Paused;
import dev.frl.schemas.experiments.PointJudged;
import dev.frl.schemas.experiments.PointRevived;
import dev.frl.schemas.experiments.Reopened;
import dev.frl.schemas.experiments.Reported;
import dev.frl.schemas.experiments.Resumed;
import dev.frl.schemas.experiments.RetryQueued;
import dev.frl.schemas.experiments.RunAdded;
import dev.frl.schemas.experiments.RunAllowed;
import dev.frl.schemas.experiments.RunHandedOut;
import dev.frl.schemas.experiments.RunOrdered;
import dev.frl.schemas.experiments.RungReached;
import dev.frl.schemas.experiments.RunsWithheld;
import dev.frl.schemas.experiments.Started;
import dev.frl.schemas.experiments.Stopping;
import dev.frl.schemas.experiments.Submit;
import dev.frl.schemas.experiments.Submitted;
import dev.frl.schemas.experiments.WarmStartAdded;
import dev.frl.schemas.experiments.WarmStartPlanned;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** One message of each kind about experiments; every field has a value. */
final class GoldenExperiments {
    private static final String ID = "fashion-frl-0123abcd";
    private static final Instant AT = Instant.parse("2026-11-26T08:00:00.123Z");
    private static final List<KeyValue> VARIANT = List.of(new KeyValue("fairness.policy", "frl-reweight"));

    private GoldenExperiments() {}

    static ExperimentStatusChanged status() {
        return ExperimentStatusChanged.newBuilder()
                .setExperiment("fashion-frl")
                .setExperimentId(ID)
                .setGeneration(2)
                .setLabels(List.of(new KeyValue("team", "vision")))
                .setSettings(settings())
                .setSearch("asha")
                .setSubmittedAt(AT)
                .setPhase(ExperimentPhase.STOPPING)
                .setReason("a user asked")
                .setSince(AT.plusSeconds(60))
                .setPoints(16)
                .setPruned(3)
                .setWaiting(1)
                .setRunning(2)
                .setResting(3)
                .setFinished(4)
                .setFailed(5)
                .setStopped(6)
                .setBest(best())
                .build();
    }

    static List<ExperimentSignal> signals(RunPlan plan, CommandRecord command) {
        return Stream.<Object>of(
                        new Submit(ID, 2, List.of(new KeyValue("team", "vision")), settings(), 3, command),
                        new AddRun(ID, VARIANT, plan),
                        report(),
                        command)
                .map(signal -> new ExperimentSignal("fashion-frl", signal))
                .toList();
    }

    static List<ExperimentEventRecord> events(RunPlan plan, CommandRecord command) {
        return Stream.<Object>of(
                        new Submitted("fashion-frl", 2, List.of(new KeyValue("team", "vision")), settings(), 3),
                        new WarmStartAdded(plan),
                        new RunAdded(1, 0, VARIANT, plan),
                        new Started(2, 4),
                        new ExtensionBegun("fashion-frl-89abcdef", 6, 3, 2, true, command),
                        new ExtensionRunSeen("run-4", true),
                        new Extended("frl.commands-1@7", 2, 3, 6, 3, 2),
                        new WarmStartPlanned("run-0"),
                        new RunHandedOut(1, "run-1", 0, VARIANT, 9, 3, "run-0"),
                        new RunAllowed(1, "run-1", 9),
                        new RunOrdered(1, "run-1", Verb.PAUSE, "a user asked"),
                        new RetryQueued(1, "run-1", "a user asked"),
                        new Reported(1, report()),
                        new RungReached(1, "run-1", 0, 1, 3, 0.25, 0.5),
                        new PointJudged(0, VARIANT, 1, 3, 0.25, 2, 5, false, "rank 2 of 5"),
                        new PointRevived(0),
                        new Paused("a user asked"),
                        new Resumed("a user asked"),
                        new Stopping(Verb.KILL, ExperimentPhase.FAILED, "too many runs failed"),
                        new RunsWithheld(4),
                        new Ended(ExperimentPhase.FINISHED, best(), "all runs have ended"),
                        new Reopened("a run is tried again"))
                .map(event -> new ExperimentEventRecord(ID, AT, event))
                .toList();
    }

    private static ExperimentSettings settings() {
        return ExperimentSettings.newBuilder()
                .setAsha(new Halving(1, 3, true))
                .setAverageRobustFloor(0.25)
                .setAverageCleanFloor(0.5)
                .setParallelRuns(4)
                .setMaxFailedRuns(2)
                .build();
    }

    private static PointMeans best() {
        return new PointMeans(0, VARIANT, 0.25, 0.5, 0.75, 9, 2);
    }

    private static RunReport report() {
        return RunReport.newBuilder()
                .setRunId("run-1")
                .setExperiment("fashion-frl")
                .setExperimentId(ID)
                .setPhase(Phase.PAUSED)
                .setEpoch(3)
                .setValidation(new RunScore(3, 0.875, 0.5, 0.25, 0.125, "Shirt", 1000L, true))
                .setTest(new RunScore(3, 0.75, 0.5, 0.375, 0.25, "Bag", 2000L, false))
                .setReason("has trained 3 of 9 epochs")
                .setAt(AT)
                .build();
    }
}
