package dev.frl.messaging.mapping;

import static dev.frl.messaging.mapping.CoreMapping.fromAvro;
import static dev.frl.messaging.mapping.CoreMapping.fromAvroOrNull;
import static dev.frl.messaging.mapping.CoreMapping.toAvro;
import static dev.frl.messaging.mapping.CoreMapping.toAvroOrNull;

import dev.frl.core.run.Outbox;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.run.RunInput.ShardAttacked;
import dev.frl.core.run.RunInput.WorkFailed;
import dev.frl.core.run.Work;
import dev.frl.schemas.WorkKind;
import java.time.Duration;

/** What trainers, attackers and the controller tell each other while a run is under way. */
public final class WorkMapping {
    private WorkMapping() {}

    public static dev.frl.schemas.EpochTrained trainedToAvro(EpochTrained m) {
        return dev.frl.schemas.EpochTrained.newBuilder()
                .setRunId(m.runId())
                .setEpoch(m.epoch())
                .setAttempt(m.attempt())
                .setWeights(toAvro(m.weights()))
                .setAveraged(toAvroOrNull(m.averaged()))
                .setManifest(toAvro(m.manifest()))
                .setLoss(m.loss())
                .setDurationMillis(m.duration().toMillis())
                .setHost(m.host())
                .setEngine(m.engine())
                .setTrainedAt(m.at())
                .build();
    }

    public static EpochTrained trainedFromAvro(dev.frl.schemas.EpochTrained r) {
        return new EpochTrained(
                r.getRunId(),
                r.getEpoch(),
                r.getAttempt(),
                fromAvro(r.getWeights()),
                fromAvroOrNull(r.getAveraged()),
                fromAvro(r.getManifest()),
                r.getLoss(),
                Duration.ofMillis(r.getDurationMillis()),
                r.getHost(),
                r.getEngine(),
                r.getTrainedAt());
    }

    public static dev.frl.schemas.AttackShard shardToAvro(Outbox.ShardTask m) {
        return dev.frl.schemas.AttackShard.newBuilder()
                .setRunId(m.runId())
                .setPart(toAvro(m.part()))
                .setEpoch(m.epoch())
                .setShard(m.shard())
                .setShardCount(m.shardCount())
                .setAttempt(m.attempt())
                .setWeights(toAvro(m.weights()))
                .setSelection(toAvro(m.selection()))
                .setCanonicalSpec(m.canonicalSpec())
                .setSpecSha256(m.specSha256())
                .build();
    }

    public static Outbox.ShardTask shardFromAvro(dev.frl.schemas.AttackShard r) {
        return new Outbox.ShardTask(
                r.getRunId(),
                fromAvro(r.getPart()),
                r.getEpoch(),
                r.getShard(),
                r.getShardCount(),
                r.getAttempt(),
                fromAvro(r.getWeights()),
                fromAvro(r.getSelection()),
                r.getCanonicalSpec(),
                r.getSpecSha256());
    }

    public static dev.frl.schemas.ShardAttacked attackedToAvro(ShardAttacked m) {
        return dev.frl.schemas.ShardAttacked.newBuilder()
                .setRunId(m.runId())
                .setPart(toAvro(m.part()))
                .setEpoch(m.epoch())
                .setShard(m.shard())
                .setAttempt(m.attempt())
                .setWeightsSha256(m.weightsSha256())
                .setConfusion(toAvro(m.tally()))
                .setHost(m.host())
                .setEngine(m.engine())
                .setDurationMillis(m.duration().toMillis())
                .setAttackedAt(m.at())
                .build();
    }

    public static ShardAttacked attackedFromAvro(dev.frl.schemas.ShardAttacked r) {
        return new ShardAttacked(
                r.getRunId(),
                fromAvro(r.getPart()),
                r.getEpoch(),
                r.getShard(),
                r.getAttempt(),
                r.getWeightsSha256(),
                fromAvro(r.getConfusion()),
                Duration.ofMillis(r.getDurationMillis()),
                r.getHost(),
                r.getEngine(),
                r.getAttackedAt());
    }

    public static dev.frl.schemas.WorkFailed failedToAvro(WorkFailed m) {
        var builder = dev.frl.schemas.WorkFailed.newBuilder()
                .setRunId(m.runId())
                .setWork(WorkKind.TRAINING)
                .setEpoch(m.work().epoch())
                .setAttempt(m.attempt())
                .setReason(m.reason())
                .setRetryable(m.retryable())
                .setHost(m.host())
                .setFailedAt(m.at());
        if (m.work() instanceof Work.Shard shard) {
            builder.setWork(WorkKind.SHARD).setPart(toAvro(shard.part())).setShard(shard.shard());
        }
        return builder.build();
    }

    public static WorkFailed failedFromAvro(dev.frl.schemas.WorkFailed r) {
        Work work;
        if (r.getWork() == WorkKind.TRAINING) {
            work = new Work.Training(r.getEpoch());
        } else if (r.getPart() != null && r.getShard() != null) {
            work = new Work.Shard(fromAvro(r.getPart()), r.getEpoch(), r.getShard());
        } else {
            throw new IllegalArgumentException("a shard without its part or number");
        }
        return new WorkFailed(
                r.getRunId(), work, r.getAttempt(), r.getReason(), r.getRetryable(), r.getHost(), r.getFailedAt());
    }

    public static dev.frl.schemas.FairnessUpdated updatedToAvro(Outbox.Update m) {
        return dev.frl.schemas.FairnessUpdated.newBuilder()
                .setRunId(m.runId())
                .setFairness(toAvro(m.update()))
                .setLast(m.last())
                .setErrors(toAvro(m.errors()))
                .setBestEpoch(m.bestEpoch())
                .setDecidedAt(m.at())
                .build();
    }

    public static Outbox.Update updatedFromAvro(dev.frl.schemas.FairnessUpdated r) {
        var update = fromAvro(r.getFairness());
        var errors = fromAvro(r.getErrors());
        errors.standard().requireSameClassesAs(update.treatment().margins());
        return new Outbox.Update(r.getRunId(), update, r.getLast(), errors, r.getBestEpoch(), r.getDecidedAt());
    }
}
