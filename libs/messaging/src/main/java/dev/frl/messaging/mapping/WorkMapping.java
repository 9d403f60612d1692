package dev.frl.messaging.mapping;

import static dev.frl.messaging.mapping.CoreMapping.fromAvro;
import static dev.frl.messaging.mapping.CoreMapping.fromAvroOrNull;
import static dev.frl.messaging.mapping.CoreMapping.toAvro;
import static dev.frl.messaging.mapping.CoreMapping.toAvroOrNull;

import dev.frl.core.failure.FailureKind;
import dev.frl.core.run.Outbox;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.run.RunInput.ShardAttacked;
import dev.frl.core.run.RunInput.WorkFailed;
import dev.frl.core.run.RunInput.WorkProgressed;
import dev.frl.core.run.Work;
import dev.frl.schemas.WorkKind;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

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
        return new dev.frl.schemas.AttackShard(
                m.runId(),
                toAvro(m.part()),
                m.epoch(),
                m.shard(),
                m.shardCount(),
                m.attempt(),
                toAvro(m.weights()),
                toAvro(m.selection()),
                m.trainingAttempt(),
                m.canonicalSpec(),
                m.specSha256());
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
                r.getTrainingAttempt(),
                r.getCanonicalSpec(),
                r.getSpecSha256());
    }

    public static dev.frl.schemas.ShardAttacked attackedToAvro(ShardAttacked m) {
        return new dev.frl.schemas.ShardAttacked(
                m.runId(),
                toAvro(m.part()),
                m.epoch(),
                m.shard(),
                m.attempt(),
                m.weightsSha256(),
                toAvro(m.tally()),
                m.host(),
                m.engine(),
                m.duration().toMillis(),
                m.at());
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

    public static dev.frl.schemas.WorkProgressed progressToAvro(WorkProgressed m) {
        var shard = shardOf(m.work());
        return dev.frl.schemas.WorkProgressed.newBuilder()
                .setRunId(m.runId())
                .setWork(kindOf(m.work()))
                .setPart(shard == null ? null : toAvro(shard.part()))
                .setEpoch(m.work().epoch())
                .setShard(shard == null ? null : shard.shard())
                .setAttempt(m.attempt())
                .setShare(m.share())
                .setImagesPerSecond(m.imagesPerSecond())
                .setHost(m.host())
                .setReportedAt(m.at())
                .build();
    }

    public static WorkProgressed progressFromAvro(dev.frl.schemas.WorkProgressed r) {
        return new WorkProgressed(
                r.getRunId(),
                work(r.getWork(), r.getPart(), r.getEpoch(), r.getShard()),
                r.getAttempt(),
                r.getShare(),
                r.getImagesPerSecond(),
                r.getHost(),
                r.getReportedAt());
    }

    public static dev.frl.schemas.WorkFailed failedToAvro(WorkFailed m) {
        var shard = shardOf(m.work());
        return dev.frl.schemas.WorkFailed.newBuilder()
                .setRunId(m.runId())
                .setWork(kindOf(m.work()))
                .setPart(shard == null ? null : toAvro(shard.part()))
                .setEpoch(m.work().epoch())
                .setShard(shard == null ? null : shard.shard())
                .setAttempt(m.attempt())
                .setReason(m.reason())
                .setKind(dev.frl.schemas.FailureKind.valueOf(m.kind().name()))
                .setHost(m.host())
                .setFailedAt(m.at())
                .build();
    }

    public static WorkFailed failedFromAvro(dev.frl.schemas.WorkFailed r) {
        return new WorkFailed(
                r.getRunId(),
                work(r.getWork(), r.getPart(), r.getEpoch(), r.getShard()),
                r.getAttempt(),
                r.getReason(),
                FailureKind.valueOf(r.getKind().name()),
                r.getHost(),
                r.getFailedAt());
    }

    static WorkKind kindOf(Work work) {
        return shardOf(work) == null ? WorkKind.TRAINING : WorkKind.SHARD;
    }

    static Work.@Nullable Shard shardOf(Work work) {
        return work instanceof Work.Shard shard ? shard : null;
    }

    static Work work(WorkKind kind, dev.frl.schemas.@Nullable Part part, int epoch, @Nullable Integer shard) {
        if (kind == WorkKind.TRAINING) {
            return new Work.EpochTraining(epoch);
        }
        if (part == null || shard == null) {
            throw new IllegalArgumentException("a shard without its part or number");
        }
        return new Work.Shard(fromAvro(part), epoch, shard);
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
