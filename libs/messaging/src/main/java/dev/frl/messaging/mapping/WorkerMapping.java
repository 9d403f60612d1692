package dev.frl.messaging.mapping;

import static dev.frl.messaging.mapping.CoreMapping.toAvro;

import dev.frl.messaging.message.HostOrder;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.messaging.message.WorkerStatus.Held;
import dev.frl.messaging.message.WorkerStatus.State;
import dev.frl.schemas.HeldWork;
import dev.frl.schemas.HostOrdered;
import dev.frl.schemas.WorkerAnnounced;
import dev.frl.schemas.WorkerState;

/** What workers say of themselves, and what operators tell them. */
public final class WorkerMapping {
    private WorkerMapping() {}

    public static WorkerAnnounced workerToAvro(WorkerStatus m) {
        var held = m.held();
        return WorkerAnnounced.newBuilder()
                .setRole(m.role())
                .setHost(m.host())
                .setInstance(m.instance())
                .setEngine(m.engine())
                .setExperiment(m.experiment())
                .setState(WorkerState.valueOf(m.state().name()))
                .setReason(m.reason())
                .setUntil(m.until())
                .setHeld(held == null ? null : heldToAvro(held))
                .setSince(m.since())
                .setAnnouncedAt(m.at())
                .build();
    }

    private static HeldWork heldToAvro(Held held) {
        var shard = WorkMapping.shardOf(held.work());
        return HeldWork.newBuilder()
                .setRunId(held.runId())
                .setWork(WorkMapping.kindOf(held.work()))
                .setPart(shard == null ? null : toAvro(shard.part()))
                .setEpoch(held.work().epoch())
                .setShard(shard == null ? null : shard.shard())
                .build();
    }

    public static WorkerStatus workerFromAvro(WorkerAnnounced r) {
        var held = r.getHeld();
        return new WorkerStatus(
                r.getRole(),
                r.getHost(),
                r.getInstance(),
                r.getEngine(),
                r.getExperiment(),
                State.valueOf(r.getState().name()),
                r.getReason(),
                r.getUntil(),
                held == null
                        ? null
                        : new Held(
                                held.getRunId(),
                                WorkMapping.work(held.getWork(), held.getPart(), held.getEpoch(), held.getShard())),
                r.getSince(),
                r.getAnnouncedAt());
    }

    public static HostOrdered orderToAvro(HostOrder m) {
        return new HostOrdered(m.host(), m.drain(), m.at());
    }

    public static HostOrder orderFromAvro(HostOrdered r) {
        return new HostOrder(r.getHost(), r.getDrain(), r.getOrderedAt());
    }
}
