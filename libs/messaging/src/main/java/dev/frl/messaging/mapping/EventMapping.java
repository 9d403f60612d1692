package dev.frl.messaging.mapping;

import static dev.frl.messaging.mapping.CoreMapping.fromAvro;
import static dev.frl.messaging.mapping.CoreMapping.toAvro;

import dev.frl.core.run.RunEvent;
import dev.frl.core.settings.RunSettings;
import dev.frl.schemas.RunEventRecord;
import dev.frl.schemas.events.Allowed;
import dev.frl.schemas.events.Awaited;
import dev.frl.schemas.events.Dropped;
import dev.frl.schemas.events.EpochEvaluated;
import dev.frl.schemas.events.Failed;
import dev.frl.schemas.events.Finished;
import dev.frl.schemas.events.Ordered;
import dev.frl.schemas.events.Parked;
import dev.frl.schemas.events.Planned;
import dev.frl.schemas.events.Reopened;
import dev.frl.schemas.events.RetryPlanned;
import dev.frl.schemas.events.ShardCounted;
import dev.frl.schemas.events.ShardDuplicated;
import dev.frl.schemas.events.ShardsRequested;
import dev.frl.schemas.events.Stopped;
import dev.frl.schemas.events.TestEvaluated;
import dev.frl.schemas.events.Trained;
import dev.frl.schemas.events.TrainingRequested;
import dev.frl.schemas.events.TrainingResumed;
import dev.frl.schemas.events.TurnWanted;
import dev.frl.schemas.events.Unawaited;
import dev.frl.schemas.events.WarmStarted;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;

/** The events of a run. Instants and durations keep whole milliseconds; everything else survives exactly. */
public final class EventMapping {
    private final PlanMapping plans;

    /** @param settingsOf reads canonical JSON; throws where it breaks a rule */
    public EventMapping(Function<String, RunSettings> settingsOf) {
        this.plans = new PlanMapping(settingsOf);
    }

    public RunEventRecord eventToAvro(RunEvent event) {
        return new RunEventRecord(event.runId(), event.at(), caseOf(event));
    }

    private Object caseOf(RunEvent event) {
        if (event instanceof RunEvent.Planned e) {
            return new Planned(plans.toAvro(e.plan()));
        } else if (event instanceof RunEvent.Awaited e) {
            return new Awaited(e.dependent());
        } else if (event instanceof RunEvent.Unawaited e) {
            return new Unawaited(e.dependent());
        } else if (event instanceof RunEvent.Allowed e) {
            return new Allowed(e.epochs());
        } else if (event instanceof RunEvent.Ordered e) {
            return new Ordered(CommandMapping.toAvro(e.verb()), e.reason());
        } else if (event instanceof RunEvent.TurnWanted e) {
            return new TurnWanted(e.attempt(), toAvro(e.failures()), e.reason());
        } else if (event instanceof RunEvent.Parked e) {
            return new Parked(e.reason());
        } else if (event instanceof RunEvent.Reopened e) {
            return new Reopened(e.attempt(), e.reason());
        } else if (event instanceof RunEvent.WarmStarted e) {
            return new WarmStarted(toAvro(e.weights()));
        } else if (event instanceof RunEvent.TrainingRequested e) {
            return new TrainingRequested(e.attempt(), toAvro(e.failures()), e.reason());
        } else if (event instanceof RunEvent.TrainingResumed e) {
            return new TrainingResumed(e.epoch(), e.attempt(), e.host());
        } else if (event instanceof RunEvent.Trained e) {
            return new Trained(WorkMapping.trainedToAvro(e.epoch()), e.taken());
        } else if (event instanceof RunEvent.ShardsRequested e) {
            return requested(e);
        } else if (event instanceof RunEvent.ShardCounted e) {
            return counted(e);
        } else if (event instanceof RunEvent.ShardDuplicated e) {
            return new ShardDuplicated(toAvro(e.part()), e.epoch(), e.shard(), e.attempt(), e.host());
        } else if (event instanceof RunEvent.RetryPlanned e) {
            return retry(e);
        } else if (event instanceof RunEvent.Dropped e) {
            return new Dropped(e.what(), e.why());
        } else if (event instanceof RunEvent.EpochEvaluated e) {
            return evaluated(e);
        } else if (event instanceof RunEvent.TestEvaluated e) {
            return new TestEvaluated(
                    toAvro(e.selection()),
                    e.epoch(),
                    toAvro(e.weights()),
                    toAvro(e.tally()),
                    e.attackDuration().toMillis());
        } else if (event instanceof RunEvent.Finished) {
            return new Finished();
        } else if (event instanceof RunEvent.Failed e) {
            return new Failed(e.reason());
        } else if (event instanceof RunEvent.Stopped e) {
            return new Stopped(e.reason());
        }
        throw new IllegalArgumentException("an event without a schema: " + event);
    }

    private static ShardsRequested requested(RunEvent.ShardsRequested e) {
        return ShardsRequested.newBuilder()
                .setPart(toAvro(e.part()))
                .setEpoch(e.epoch())
                .setAttempt(e.attempt())
                .setFailures(toAvro(e.failures()))
                .setShards(e.shards())
                .setShard(e.shard())
                .setWeights(toAvro(e.weights()))
                .setSelection(toAvro(e.selection()))
                .setReason(e.reason())
                .build();
    }

    private static ShardCounted counted(RunEvent.ShardCounted e) {
        // Constructors, not builders, where a message is one of thousands.
        return new ShardCounted(
                toAvro(e.part()),
                e.epoch(),
                e.shard(),
                toAvro(e.tally()),
                e.duration().toMillis(),
                e.host());
    }

    private static RetryPlanned retry(RunEvent.RetryPlanned e) {
        var shard = WorkMapping.shardOf(e.work());
        return RetryPlanned.newBuilder()
                .setWork(WorkMapping.kindOf(e.work()))
                .setPart(shard == null ? null : toAvro(shard.part()))
                .setEpoch(e.work().epoch())
                .setShard(shard == null ? null : shard.shard())
                .setFailures(toAvro(e.failures()))
                .setReason(e.reason())
                .setUntil(e.until())
                .build();
    }

    private static EpochEvaluated evaluated(RunEvent.EpochEvaluated e) {
        return EpochEvaluated.newBuilder()
                .setEpoch(e.epoch())
                .setShards(e.shards())
                .setAllShards(e.allShards())
                .setConfusion(toAvro(e.tally()))
                .setAttackMillis(e.attackDuration().toMillis())
                .setFairness(toAvro(e.update()))
                .setBestEpoch(e.bestEpoch())
                .setBestScore(e.bestScore())
                .setBestWeights(toAvro(e.bestWeights()))
                .build();
    }

    public RunEvent eventFromAvro(RunEventRecord record) {
        String run = record.getRunId();
        Instant at = record.getAt();
        Object event = record.getEvent();
        if (event instanceof Planned e) {
            return new RunEvent.Planned(plans.fromAvro(e.getPlan()), at);
        } else if (event instanceof Awaited e) {
            return new RunEvent.Awaited(run, e.getDependent(), at);
        } else if (event instanceof Unawaited e) {
            return new RunEvent.Unawaited(run, e.getDependent(), at);
        } else if (event instanceof Allowed e) {
            return new RunEvent.Allowed(run, e.getEpochs(), at);
        } else if (event instanceof Ordered e) {
            return new RunEvent.Ordered(run, CommandMapping.fromAvro(e.getVerb()), e.getReason(), at);
        } else if (event instanceof TurnWanted e) {
            return new RunEvent.TurnWanted(run, e.getAttempt(), fromAvro(e.getFailures()), e.getReason(), at);
        } else if (event instanceof Parked e) {
            return new RunEvent.Parked(run, e.getReason(), at);
        } else if (event instanceof Reopened e) {
            return new RunEvent.Reopened(run, e.getAttempt(), e.getReason(), at);
        } else if (event instanceof WarmStarted e) {
            return new RunEvent.WarmStarted(run, fromAvro(e.getWeights()), at);
        } else if (event instanceof TrainingRequested e) {
            return new RunEvent.TrainingRequested(run, e.getAttempt(), fromAvro(e.getFailures()), e.getReason(), at);
        } else if (event instanceof TrainingResumed e) {
            return new RunEvent.TrainingResumed(run, e.getEpoch(), e.getAttempt(), e.getHost(), at);
        } else if (event instanceof Trained e) {
            return new RunEvent.Trained(WorkMapping.trainedFromAvro(e.getEpoch()), e.getTaken(), at);
        } else if (event instanceof ShardsRequested e) {
            return requested(run, at, e);
        } else if (event instanceof ShardCounted e) {
            return counted(run, at, e);
        } else if (event instanceof ShardDuplicated e) {
            return new RunEvent.ShardDuplicated(
                    run, fromAvro(e.getPart()), e.getEpoch(), e.getShard(), e.getAttempt(), e.getHost(), at);
        } else if (event instanceof RetryPlanned e) {
            return new RunEvent.RetryPlanned(
                    run,
                    WorkMapping.work(e.getWork(), e.getPart(), e.getEpoch(), e.getShard()),
                    fromAvro(e.getFailures()),
                    e.getReason(),
                    e.getUntil(),
                    at);
        } else if (event instanceof Dropped e) {
            return new RunEvent.Dropped(run, e.getWhat(), e.getWhy(), at);
        } else if (event instanceof EpochEvaluated e) {
            return evaluated(run, at, e);
        } else if (event instanceof TestEvaluated e) {
            return tested(run, at, e);
        } else if (event instanceof Finished) {
            return new RunEvent.Finished(run, at);
        } else if (event instanceof Failed e) {
            return new RunEvent.Failed(run, e.getReason(), at);
        } else if (event instanceof Stopped e) {
            return new RunEvent.Stopped(run, e.getReason(), at);
        }
        throw new IllegalArgumentException("an event that is not known: " + event);
    }

    private static RunEvent requested(String run, Instant at, ShardsRequested e) {
        return new RunEvent.ShardsRequested(
                run,
                fromAvro(e.getPart()),
                e.getEpoch(),
                e.getAttempt(),
                fromAvro(e.getFailures()),
                e.getShards(),
                e.getShard(),
                fromAvro(e.getWeights()),
                fromAvro(e.getSelection()),
                e.getReason(),
                at);
    }

    private static RunEvent counted(String run, Instant at, ShardCounted e) {
        return new RunEvent.ShardCounted(
                run,
                fromAvro(e.getPart()),
                e.getEpoch(),
                e.getShard(),
                fromAvro(e.getConfusion()),
                Duration.ofMillis(e.getDurationMillis()),
                e.getHost(),
                at);
    }

    private static RunEvent tested(String run, Instant at, TestEvaluated e) {
        return new RunEvent.TestEvaluated(
                run,
                fromAvro(e.getSelection()),
                e.getEpoch(),
                fromAvro(e.getWeights()),
                fromAvro(e.getConfusion()),
                Duration.ofMillis(e.getAttackMillis()),
                at);
    }

    private static RunEvent evaluated(String run, Instant at, EpochEvaluated e) {
        return new RunEvent.EpochEvaluated(
                run,
                e.getEpoch(),
                e.getShards(),
                e.getAllShards(),
                fromAvro(e.getConfusion()),
                Duration.ofMillis(e.getAttackMillis()),
                fromAvro(e.getFairness()),
                e.getBestEpoch(),
                e.getBestScore(),
                fromAvro(e.getBestWeights()),
                at);
    }
}
