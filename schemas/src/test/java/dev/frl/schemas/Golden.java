package dev.frl.schemas;

import dev.frl.schemas.events.Awaited;
import dev.frl.schemas.events.Dropped;
import dev.frl.schemas.events.EpochEvaluated;
import dev.frl.schemas.events.Failed;
import dev.frl.schemas.events.Finished;
import dev.frl.schemas.events.Planned;
import dev.frl.schemas.events.RetryPlanned;
import dev.frl.schemas.events.ShardCounted;
import dev.frl.schemas.events.ShardDuplicated;
import dev.frl.schemas.events.ShardsRequested;
import dev.frl.schemas.events.TestEvaluated;
import dev.frl.schemas.events.TrainingRequested;
import dev.frl.schemas.events.TrainingResumed;
import dev.frl.schemas.events.WarmStartFailed;
import dev.frl.schemas.events.WarmStarted;
import dev.frl.schemas.turns.Count;
import dev.frl.schemas.turns.Held;
import dev.frl.schemas.turns.Place;
import dev.frl.schemas.turns.Released;
import dev.frl.schemas.turns.Trainer;
import dev.frl.schemas.turns.TrainerGone;
import dev.frl.schemas.turns.TrainerSeen;
import dev.frl.schemas.turns.Waiting;
import dev.frl.schemas.turns.Wanted;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;

/**
 * One message of every kind, with every field set. Each release keeps their bytes, so set new fields here, and change no
 * value.
 */
final class Golden {
    private static final Instant AT = Instant.parse("2026-11-22T15:30:00.123Z");
    private static final String SHA = "0123456789abcdef".repeat(4);
    private static final String SPEC = "{\"dataset\":{\"name\":\"fashion-mnist\"}}";

    private Golden() {}

    /** Messages by the name of the record; for unions also by the case. */
    static Map<String, SpecificRecord> messages() {
        var all = new TreeMap<String, SpecificRecord>();
        Stream.of(
                        GoldenSpec.experiment(),
                        assigned(),
                        trained(),
                        updated(),
                        shard(),
                        attacked(),
                        failed(),
                        progress(),
                        status(),
                        worker(),
                        order(),
                        withdrawn(),
                        GoldenExperiments.status(),
                        userCommand())
                .forEach(r -> all.put(r.getSchema().getName(), r));
        all.put("ExperimentSpec-short", GoldenSpec.shortExperiment());
        events().forEach(e -> all.put("RunEventRecord-" + caseOf(e.getEvent()), e));
        signals().forEach(s -> all.put("RunSignal-" + caseOf(s.getSignal()), s));
        GoldenExperiments.signals(plan(), command())
                .forEach(m -> all.put("ExperimentSignal-" + caseOf(m.getSignal()), m));
        GoldenExperiments.events(plan(), command())
                .forEach(m -> all.put("ExperimentEventRecord-" + caseOf(m.getEvent()), m));
        turnSignals().forEach(m -> all.put("TurnSignal-" + caseOf(m.getSignal()), m));
        turnFacts().forEach(f -> all.put("TurnFactRecord-" + caseOf(f.getFact()), f));
        return all;
    }

    private static String caseOf(Object event) {
        return event.getClass().getSimpleName();
    }

    private static RunAssigned assigned() {
        return RunAssigned.newBuilder()
                .setPlan(plan())
                .setAttempt(2)
                .setWarmStart(checkpoint())
                .setTrainedEpoch(3)
                .setFairness(fairness())
                .setBestEpoch(2)
                .setPlannedAt(AT)
                .setAssignedAt(AT.plusSeconds(60))
                .build();
    }

    private static EpochTrained trained() {
        return EpochTrained.newBuilder()
                .setRunId("run-1")
                .setEpoch(3)
                .setAttempt(1)
                .setWeights(checkpoint())
                .setAveraged(checkpoint())
                .setManifest(manifest())
                .setLoss(0.75)
                .setDurationMillis(61_000)
                .setHost("trainer-0")
                .setEngine("dl4j 1.0.0-M2.1")
                .setTrainedAt(AT)
                .build();
    }

    private static FairnessUpdated updated() {
        return FairnessUpdated.newBuilder()
                .setRunId("run-1")
                .setFairness(fairness())
                .setLast(true)
                .setErrors(new Errors(
                        List.of(0.25, Double.NaN),
                        List.of(0.5, Double.NaN),
                        List.of(0.25, Double.NaN),
                        0.25,
                        0.5,
                        0.25))
                .setBestEpoch(2)
                .setDecidedAt(AT)
                .build();
    }

    private static AttackShard shard() {
        return AttackShard.newBuilder()
                .setRunId("run-1")
                .setPart(Part.TEST)
                .setEpoch(3)
                .setShard(1)
                .setShardCount(4)
                .setAttempt(2)
                .setWeights(checkpoint())
                .setSelection(Selection.BEST)
                .setTrainingAttempt(1)
                .setCanonicalSpec(SPEC)
                .setSpecSha256(SHA)
                .build();
    }

    private static ShardAttacked attacked() {
        return ShardAttacked.newBuilder()
                .setRunId("run-1")
                .setPart(Part.VALIDATION)
                .setEpoch(3)
                .setShard(1)
                .setAttempt(1)
                .setWeightsSha256(SHA)
                .setConfusion(confusion())
                .setHost("attacker-1")
                .setEngine("dl4j 1.0.0-M2.1, cpu, 2 cores")
                .setDurationMillis(12_345)
                .setAttackedAt(AT)
                .build();
    }

    private static WorkFailed failed() {
        return WorkFailed.newBuilder()
                .setRunId("run-1")
                .setWork(WorkKind.SHARD)
                .setPart(Part.TEST)
                .setEpoch(3)
                .setShard(1)
                .setAttempt(2)
                .setReason("the weights' SHA-256 is another")
                .setKind(FailureKind.HOST)
                .setHost("attacker-1")
                .setFailedAt(AT)
                .build();
    }

    private static WorkProgressed progress() {
        return WorkProgressed.newBuilder()
                .setRunId("run-1")
                .setWork(WorkKind.SHARD)
                .setPart(Part.TEST)
                .setEpoch(3)
                .setShard(1)
                .setAttempt(2)
                .setShare(0.25)
                .setImagesPerSecond(12.5)
                .setHost("attacker-1")
                .setReportedAt(AT)
                .build();
    }

    private static RunStatusChanged status() {
        return RunStatusChanged.newBuilder()
                .setRunId("run-1")
                .setExperiment("fashion-frl")
                .setExperimentId("fashion-frl-0123abcd")
                .setVariant(List.of(new KeyValue("training.seed", "1")))
                .setPolicy("frl-reweight")
                .setSeed(1)
                .setWarmStart(false)
                .setWarmStartRun("run-0")
                .setPlannedAt(AT.minusSeconds(600))
                .setPhase(Phase.EVALUATING)
                .setEpoch(3)
                .setEpochs(10)
                .setReason("waits for 2 of 4 shards")
                .setSince(AT)
                .setDeadline(AT.plusSeconds(600))
                .setNext("the missing shards are given out again; failure 1 of 3")
                .setAttempt(1)
                .setTurn(true)
                .setShardsDone(2)
                .setShards(4)
                .setProgress(new RunProgress(0.5, 12.5, "attacker-1", AT))
                .setValidation(new RunScore(3, 0.875, 0.5, 0.25, 0.125, "Shirt", 1000L, true))
                .setTest(new RunScore(3, 0.75, 0.5, 0.375, 0.25, "Bag", 2000L, false))
                .build();
    }

    private static WorkerAnnounced worker() {
        return WorkerAnnounced.newBuilder()
                .setRole("attacker")
                .setHost("gpu-1")
                .setInstance("4711-0123abcd")
                .setEngine("dl4j 1.0.0-M2.1, cpu, 2 cores")
                .setExperiment("fashion-frl")
                .setState(WorkerState.DRAINING)
                .setReason("drained")
                .setUntil(AT.plusSeconds(20))
                .setHeld(new HeldWork("run-1", WorkKind.SHARD, Part.TEST, 3, 1))
                .setSince(AT)
                .setAnnouncedAt(AT.plusSeconds(10))
                .build();
    }

    private static HostOrdered order() {
        return new HostOrdered("gpu-1", true, AT);
    }

    private static List<RunEventRecord> events() {
        return Stream.<Object>of(
                        new Planned(plan()),
                        new Awaited("run-2"),
                        new dev.frl.schemas.events.Unawaited("run-2"),
                        new WarmStarted(checkpoint()),
                        new dev.frl.schemas.events.Allowed(4),
                        new dev.frl.schemas.events.Ordered(Verb.PAUSE, "a user asked"),
                        new dev.frl.schemas.events.TurnWanted(2, failures(), "no trainer took the run within 10 min"),
                        new dev.frl.schemas.events.Parked("a user asked"),
                        new dev.frl.schemas.events.Reopened(3, "a user asked"),
                        new TrainingRequested(2, failures(), "no epoch for 600 s"),
                        new TrainingResumed(4, 2, "trainer-2"),
                        new dev.frl.schemas.events.Trained(trained(), true),
                        new ShardsRequested(
                                Part.VALIDATION,
                                3,
                                2,
                                failures(),
                                1,
                                3,
                                checkpoint(),
                                Selection.LAST,
                                "no result for 600 s"),
                        new ShardCounted(Part.VALIDATION, 3, 1, confusion(), 12_345L, "attacker-1"),
                        new ShardDuplicated(Part.VALIDATION, 3, 1, 2, "attacker-1"),
                        new RetryPlanned(WorkKind.SHARD, Part.TEST, 3, 1, failures(), "no data", AT.plusSeconds(10)),
                        new Dropped("shard 1 of epoch 3", "it was counted before"),
                        new EpochEvaluated(3, 6, 8, confusion(), 54_321L, fairness(), 2, 1.25, checkpoint()),
                        new TestEvaluated(Selection.BEST, 2, checkpoint(), confusion(), 54_321L),
                        new Finished(),
                        new Failed("three attempts failed"),
                        new dev.frl.schemas.events.Stopped("a user asked"))
                .map(event -> new RunEventRecord("run-1", AT, event))
                .toList();
    }

    private static ConsecutiveFailures failures() {
        return new ConsecutiveFailures(3, 2, 0, List.of("attacker-1", "attacker-2"));
    }

    private static List<RunSignal> signals() {
        return Stream.<Object>of(
                        new dev.frl.schemas.signals.Plan(plan(), 4),
                        new Awaited("run-2"),
                        new dev.frl.schemas.events.Unawaited("run-2"),
                        new WarmStarted(checkpoint()),
                        new WarmStartFailed("its warm start failed"),
                        new dev.frl.schemas.signals.Turn(2),
                        new dev.frl.schemas.events.Allowed(4),
                        new dev.frl.schemas.signals.Order(Verb.STOP, "a user asked", command()),
                        new dev.frl.schemas.signals.GiveUp("no trainer"))
                .map(signal -> new RunSignal("run-1", signal))
                .toList();
    }

    private static WorkWithdrawn withdrawn() {
        return new WorkWithdrawn("run-1", 2, "a user asked");
    }

    private static Command userCommand() {
        return Command.newBuilder()
                .setVerb(Verb.EXTEND)
                .setExperiment("fashion-frl")
                .setWhich(RetriedRuns.FAILED)
                .setReason("more seeds")
                .setSpec(GoldenSpec.shortExperiment())
                .build();
    }

    private static List<TurnSignal> turnSignals() {
        return Stream.<Object>of(
                        wanted(),
                        new Released("run-1"),
                        new TrainerSeen("trainer/gpu-1/4711-0123abcd", true, "fashion-frl", AT),
                        new TrainerGone("trainer/gpu-1/4711-0123abcd"))
                .map(TurnSignal::new)
                .toList();
    }

    private static List<TurnFactRecord> turnFacts() {
        return Stream.<Object>of(
                        new Waiting(wanted(), 7L, AT.plusSeconds(1)),
                        new Held(wanted(), 7L),
                        new Place("fashion-frl-0123abcd", 41L, true),
                        new Count(42L),
                        new Trainer("trainer/gpu-1/4711-0123abcd", true, "fashion-frl"))
                .map(TurnFactRecord::new)
                .toList();
    }

    private static Wanted wanted() {
        return new Wanted("run-1", 2, "fashion-frl", "fashion-frl-0123abcd", 5, 1_800_000L, AT);
    }

    private static CommandRecord command() {
        return new CommandRecord("frl.commands-1@7", Verb.STOP, "run-1", RetriedRuns.FAILED, "too slow");
    }

    private static RunPlan plan() {
        return RunPlan.newBuilder()
                .setRunId("run-1")
                .setExperiment("fashion-frl")
                .setExperimentId("fashion-frl-0123abcd")
                .setVariant(List.of(new KeyValue("training.seed", "1"), new KeyValue("fairness.policy", "none")))
                .setLabels(List.of(new KeyValue("team", "vision")))
                .setPriority(2)
                .setRetention(new Retention(3, true))
                .setCanonicalSpec(SPEC)
                .setSpecSha256(SHA)
                .setWarmStartRun("run-0")
                .setWarmStart(true)
                .build();
    }

    private static CheckpointRef checkpoint() {
        return new CheckpointRef("file:/data/run-1/epoch-3/model.safetensors", SHA);
    }

    private static DataManifest manifest() {
        return new DataManifest(List.of("Bag", "Shirt"), List.of(3L, 4L), List.of(5L, 6L));
    }

    private static Confusion confusion() {
        return new Confusion(2, List.of(0, 1, 2, 3), List.of(3L, 0L, 1L, 3L), List.of(2L, 1L, 2L, 2L));
    }

    private static Fairness fairness() {
        return Fairness.newBuilder()
                .setForEpoch(4)
                .setStandardWeights(List.of(0.5, 0.5))
                .setBoundaryWeights(List.of(0.25, 0.75))
                .setMargins(List.of(1.0, 1.5))
                .setState(new Multipliers(List.of(0.0, 0.0), List.of(0.0, 0.5), List.of(-0.125, 0.25)))
                .build();
    }
}
