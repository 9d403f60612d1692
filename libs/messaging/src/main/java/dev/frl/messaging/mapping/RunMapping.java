package dev.frl.messaging.mapping;

import dev.frl.core.run.Outbox.Assignment;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.RunStatus;
import dev.frl.core.settings.RunSettings;
import dev.frl.schemas.LatestErrors;
import dev.frl.schemas.RunProgress;
import dev.frl.schemas.RunStatusChanged;
import dev.frl.schemas.events.Awaited;
import dev.frl.schemas.events.Planned;
import dev.frl.schemas.events.WarmStartFailed;
import dev.frl.schemas.events.WarmStarted;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What is told of a run and to a run. */
public final class RunMapping {
    private final PlanMapping plans;

    /** @param settingsOf reads canonical JSON; throws where it breaks a rule */
    public RunMapping(Function<String, RunSettings> settingsOf) {
        this.plans = new PlanMapping(settingsOf);
    }

    public dev.frl.schemas.RunAssigned assignedToAvro(Assignment m) {
        return dev.frl.schemas.RunAssigned.newBuilder()
                .setPlan(plans.toAvro(m.plan()))
                .setAttempt(m.attempt())
                .setWarmStart(CoreMapping.toAvroOrNull(m.warmStart()))
                .setTrainedEpoch(m.trainedEpoch())
                .setFairness(m.update() == null ? null : CoreMapping.toAvro(m.update()))
                .setPlannedAt(m.plannedAt())
                .setAssignedAt(m.at())
                .build();
    }

    public Assignment assignedFromAvro(dev.frl.schemas.RunAssigned r) {
        return new Assignment(
                plans.fromAvro(r.getPlan()),
                r.getAttempt(),
                CoreMapping.fromAvroOrNull(r.getWarmStart()),
                r.getTrainedEpoch(),
                r.getFairness() == null ? null : CoreMapping.fromAvro(r.getFairness()),
                r.getPlannedAt(),
                r.getAssignedAt());
    }

    public dev.frl.schemas.RunSignal signalToAvro(RunInput.Signal signal) {
        return dev.frl.schemas.RunSignal.newBuilder()
                .setRunId(signal.runId())
                .setSignal(caseOf(signal))
                .build();
    }

    private Object caseOf(RunInput.Signal signal) {
        if (signal instanceof RunInput.Plan s) {
            return new Planned(plans.toAvro(s.plan()));
        } else if (signal instanceof RunInput.Await s) {
            return new Awaited(s.dependents());
        } else if (signal instanceof RunInput.WarmStartReady s) {
            return new WarmStarted(CoreMapping.toAvro(s.weights()));
        } else if (signal instanceof RunInput.WarmStartFailed s) {
            return new WarmStartFailed(s.reason());
        } else if (signal instanceof RunInput.Turn s) {
            return new dev.frl.schemas.signals.Turn(s.attempt());
        } else if (signal instanceof RunInput.GiveUp s) {
            return new dev.frl.schemas.signals.GiveUp(s.reason());
        }
        throw new IllegalArgumentException("a signal without a schema: " + signal);
    }

    public RunInput.Signal signalFromAvro(dev.frl.schemas.RunSignal r) {
        if (r.getSignal() instanceof Planned s) {
            return new RunInput.Plan(plans.fromAvro(s.getPlan()));
        } else if (r.getSignal() instanceof Awaited s) {
            return new RunInput.Await(r.getRunId(), s.getDependents());
        } else if (r.getSignal() instanceof WarmStarted s) {
            return new RunInput.WarmStartReady(r.getRunId(), CoreMapping.fromAvro(s.getWeights()));
        } else if (r.getSignal() instanceof WarmStartFailed s) {
            return new RunInput.WarmStartFailed(r.getRunId(), s.getReason());
        } else if (r.getSignal() instanceof dev.frl.schemas.signals.Turn s) {
            return new RunInput.Turn(r.getRunId(), s.getAttempt());
        } else if (r.getSignal() instanceof dev.frl.schemas.signals.GiveUp s) {
            return new RunInput.GiveUp(r.getRunId(), s.getReason());
        }
        throw new IllegalArgumentException("a signal that is not known: " + r.getSignal());
    }

    public static RunStatusChanged statusToAvro(RunStatus status) {
        return RunStatusChanged.newBuilder()
                .setRunId(status.runId())
                .setExperiment(status.experiment())
                .setExperimentId(status.experimentId())
                .setVariant(PlanMapping.entries(status.variant()))
                .setPolicy(status.policy())
                .setSeed(status.seed())
                .setWarmStart(status.warmStart())
                .setWarmStartRun(status.warmStartRun())
                .setPlannedAt(status.plannedAt())
                .setPhase(dev.frl.schemas.Phase.valueOf(status.phase().name()))
                .setEpoch(status.epoch())
                .setEpochs(status.epochs())
                .setReason(status.reason())
                .setSince(status.since())
                .setDeadline(status.deadline())
                .setShardsDone(status.shardsDone())
                .setShards(status.shards())
                .setProgress(toAvro(status.progress()))
                .setLatest(toAvro(status.latest()))
                .build();
    }

    public static RunStatus statusFromAvro(RunStatusChanged r) {
        return new RunStatus(
                r.getRunId(),
                r.getExperiment(),
                r.getExperimentId(),
                PlanMapping.map(r.getVariant()),
                r.getPolicy(),
                r.getSeed(),
                r.getWarmStart(),
                r.getWarmStartRun(),
                r.getPlannedAt(),
                Phase.valueOf(r.getPhase().name()),
                r.getEpoch(),
                r.getEpochs(),
                r.getReason(),
                r.getSince(),
                r.getDeadline(),
                r.getShardsDone(),
                r.getShards(),
                fromAvro(r.getProgress()),
                fromAvro(r.getLatest()));
    }

    private static @Nullable RunProgress toAvro(RunStatus.@Nullable WorkDone p) {
        return p == null ? null : new RunProgress(p.share(), p.imagesPerSecond(), p.host(), p.at());
    }

    private static RunStatus.@Nullable WorkDone fromAvro(@Nullable RunProgress p) {
        return p == null
                ? null
                : new RunStatus.WorkDone(p.getShare(), p.getImagesPerSecond(), p.getHost(), p.getReportedAt());
    }

    private static @Nullable LatestErrors toAvro(RunStatus.@Nullable Latest l) {
        return l == null
                ? null
                : new LatestErrors(
                        l.tested() == null ? null : CoreMapping.toAvro(l.tested()),
                        l.epoch(),
                        l.robustError(),
                        l.worstRobustError(),
                        l.worstClass());
    }

    private static RunStatus.@Nullable Latest fromAvro(@Nullable LatestErrors l) {
        return l == null
                ? null
                : new RunStatus.Latest(
                        l.getTested() == null ? null : CoreMapping.fromAvro(l.getTested()),
                        l.getEpoch(),
                        l.getRobustError(),
                        l.getWorstRobustError(),
                        l.getWorstClass());
    }
}
