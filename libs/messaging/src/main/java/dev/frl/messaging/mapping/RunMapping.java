package dev.frl.messaging.mapping;

import dev.frl.core.run.Phase;
import dev.frl.core.run.RunStatus;
import dev.frl.core.settings.RunSettings;
import dev.frl.messaging.message.RunAssigned;
import dev.frl.messaging.message.RunSignal;
import dev.frl.messaging.message.SpecRejected;
import dev.frl.schemas.RunStatusChanged;
import dev.frl.schemas.SpecProblem;
import dev.frl.schemas.events.Awaited;
import dev.frl.schemas.events.Planned;
import dev.frl.schemas.events.WarmStartFailed;
import dev.frl.schemas.events.WarmStarted;
import java.util.function.Function;

/** What is told of a run and to a run, and of a spec that became none. */
public final class RunMapping {
    private final PlanMapping plans;

    /** @param settingsOf reads canonical JSON; throws where it breaks a rule */
    public RunMapping(Function<String, RunSettings> settingsOf) {
        this.plans = new PlanMapping(settingsOf);
    }

    public dev.frl.schemas.RunAssigned assignedToAvro(RunAssigned m) {
        return dev.frl.schemas.RunAssigned.newBuilder()
                .setPlan(plans.toAvro(m.plan()))
                .setAttempt(m.attempt())
                .setWarmStart(CoreMapping.toAvroOrNull(m.warmStart()))
                .setTrainedEpoch(m.trainedEpoch())
                .setAcceptedAt(m.acceptedAt())
                .build();
    }

    public RunAssigned assignedFromAvro(dev.frl.schemas.RunAssigned r) {
        return new RunAssigned(
                plans.fromAvro(r.getPlan()),
                r.getAttempt(),
                CoreMapping.fromAvroOrNull(r.getWarmStart()),
                r.getTrainedEpoch(),
                r.getAcceptedAt());
    }

    public dev.frl.schemas.RunSignal signalToAvro(RunSignal signal) {
        return dev.frl.schemas.RunSignal.newBuilder()
                .setRunId(signal.runId())
                .setAt(signal.at())
                .setSignal(caseOf(signal))
                .build();
    }

    private Object caseOf(RunSignal signal) {
        if (signal instanceof RunSignal.Planned s) {
            return new Planned(plans.toAvro(s.plan()));
        } else if (signal instanceof RunSignal.Awaited s) {
            return new Awaited(s.dependents());
        } else if (signal instanceof RunSignal.WarmStartReady s) {
            return new WarmStarted(CoreMapping.toAvro(s.weights()));
        } else if (signal instanceof RunSignal.WarmStartFailed s) {
            return new WarmStartFailed(s.reason());
        }
        throw new IllegalArgumentException("a signal without a schema: " + signal);
    }

    public RunSignal signalFromAvro(dev.frl.schemas.RunSignal r) {
        if (r.getSignal() instanceof Planned s) {
            return new RunSignal.Planned(plans.fromAvro(s.getPlan()), r.getAt());
        } else if (r.getSignal() instanceof Awaited s) {
            return new RunSignal.Awaited(r.getRunId(), s.getDependents(), r.getAt());
        } else if (r.getSignal() instanceof WarmStarted s) {
            return new RunSignal.WarmStartReady(r.getRunId(), CoreMapping.fromAvro(s.getWeights()), r.getAt());
        } else if (r.getSignal() instanceof WarmStartFailed s) {
            return new RunSignal.WarmStartFailed(r.getRunId(), s.getReason(), r.getAt());
        }
        throw new IllegalArgumentException("a signal that is not known: " + r.getSignal());
    }

    public static RunStatusChanged statusToAvro(RunStatus status) {
        return RunStatusChanged.newBuilder()
                .setRunId(status.runId())
                .setExperiment(status.experiment())
                .setExperimentId(status.experimentId())
                .setVariant(status.variant())
                .setPhase(dev.frl.schemas.Phase.valueOf(status.phase().name()))
                .setEpoch(status.epoch())
                .setEpochs(status.epochs())
                .setReason(status.reason())
                .setSince(status.since())
                .setDeadline(status.deadline())
                .setShardsDone(status.shardsDone())
                .setShards(status.shards())
                .build();
    }

    public static RunStatus statusFromAvro(RunStatusChanged r) {
        return new RunStatus(
                r.getRunId(),
                r.getExperiment(),
                r.getExperimentId(),
                r.getVariant(),
                Phase.valueOf(r.getPhase().name()),
                r.getEpoch(),
                r.getEpochs(),
                r.getReason(),
                r.getSince(),
                r.getDeadline(),
                r.getShardsDone(),
                r.getShards());
    }

    public static dev.frl.schemas.SpecRejected rejectedToAvro(SpecRejected m) {
        return dev.frl.schemas.SpecRejected.newBuilder()
                .setExperiment(m.experiment())
                .setTopic(m.topic())
                .setPartition(m.partition())
                .setOffset(m.offset())
                .setRejectedAt(m.at())
                .setProblems(m.problems().stream()
                        .map(p -> new SpecProblem(p.line(), p.path(), p.message()))
                        .toList())
                .build();
    }

    public static SpecRejected rejectedFromAvro(dev.frl.schemas.SpecRejected r) {
        return new SpecRejected(
                r.getExperiment(),
                r.getTopic(),
                r.getPartition(),
                r.getOffset(),
                r.getRejectedAt(),
                r.getProblems().stream()
                        .map(p -> new SpecRejected.Problem(p.getLine(), p.getPath(), p.getMessage()))
                        .toList());
    }
}
