package dev.frl.messaging.mapping;

import dev.frl.core.run.Outbox.Assignment;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.RunReport;
import dev.frl.core.run.RunStatus;
import dev.frl.core.settings.RunSettings;
import dev.frl.schemas.RunProgress;
import dev.frl.schemas.RunScore;
import dev.frl.schemas.RunStatusChanged;
import dev.frl.schemas.events.Allowed;
import dev.frl.schemas.events.Awaited;
import dev.frl.schemas.events.Unawaited;
import dev.frl.schemas.events.WarmStartFailed;
import dev.frl.schemas.events.WarmStarted;
import dev.frl.schemas.signals.GiveUp;
import dev.frl.schemas.signals.Order;
import dev.frl.schemas.signals.Plan;
import dev.frl.schemas.signals.Turn;
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
                .setBestEpoch(m.bestEpoch())
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
                r.getBestEpoch(),
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
            return new Plan(plans.toAvro(s.plan()), s.allowance());
        } else if (signal instanceof RunInput.Await s) {
            return new Awaited(s.dependent());
        } else if (signal instanceof RunInput.NoLongerAwaited s) {
            return new Unawaited(s.dependent());
        } else if (signal instanceof RunInput.WarmStartReady s) {
            return new WarmStarted(CoreMapping.toAvro(s.weights()));
        } else if (signal instanceof RunInput.WarmStartFailed s) {
            return new WarmStartFailed(s.reason());
        } else if (signal instanceof RunInput.Turn s) {
            return new Turn(s.attempt());
        } else if (signal instanceof RunInput.Allow s) {
            return new Allowed(s.epochs());
        } else if (signal instanceof RunInput.Order s) {
            var command = s.command();
            return new Order(
                    CommandMapping.toAvro(s.verb()),
                    s.reason(),
                    command == null ? null : CommandMapping.toAvro(command));
        } else if (signal instanceof RunInput.GiveUp s) {
            return new GiveUp(s.reason());
        }
        throw new IllegalArgumentException("a signal without a schema: " + signal);
    }

    public RunInput.Signal signalFromAvro(dev.frl.schemas.RunSignal r) {
        var run = r.getRunId();
        if (r.getSignal() instanceof Plan s) {
            return new RunInput.Plan(plans.fromAvro(s.getPlan()), s.getAllowance());
        } else if (r.getSignal() instanceof Awaited s) {
            return new RunInput.Await(run, s.getDependent());
        } else if (r.getSignal() instanceof Unawaited s) {
            return new RunInput.NoLongerAwaited(run, s.getDependent());
        } else if (r.getSignal() instanceof WarmStarted s) {
            return new RunInput.WarmStartReady(run, CoreMapping.fromAvro(s.getWeights()));
        } else if (r.getSignal() instanceof WarmStartFailed s) {
            return new RunInput.WarmStartFailed(run, s.getReason());
        } else if (r.getSignal() instanceof Turn s) {
            return new RunInput.Turn(run, s.getAttempt());
        } else if (r.getSignal() instanceof Allowed s) {
            return new RunInput.Allow(run, s.getEpochs());
        } else if (r.getSignal() instanceof Order s) {
            var command = s.getCommand();
            return new RunInput.Order(
                    run,
                    CommandMapping.fromAvro(s.getVerb()),
                    s.getReason(),
                    command == null ? null : CommandMapping.fromAvro(command));
        } else if (r.getSignal() instanceof GiveUp s) {
            return new RunInput.GiveUp(run, s.getReason());
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
                .setNext(status.next())
                .setAttempt(status.attempt())
                .setTurn(status.turn())
                .setShardsDone(status.shardsDone())
                .setShards(status.shards())
                .setProgress(toAvro(status.progress()))
                .setValidation(toAvro(status.validation()))
                .setTest(toAvro(status.test()))
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
                r.getNext(),
                r.getAttempt(),
                r.getTurn(),
                r.getShardsDone(),
                r.getShards(),
                fromAvro(r.getProgress()),
                fromAvro(r.getValidation()),
                fromAvro(r.getTest()));
    }

    private static @Nullable RunProgress toAvro(RunStatus.@Nullable WorkDone p) {
        return p == null ? null : new RunProgress(p.share(), p.imagesPerSecond(), p.host(), p.at());
    }

    private static RunStatus.@Nullable WorkDone fromAvro(@Nullable RunProgress p) {
        return p == null
                ? null
                : new RunStatus.WorkDone(p.getShare(), p.getImagesPerSecond(), p.getHost(), p.getReportedAt());
    }

    static @Nullable RunScore toAvro(RunReport.@Nullable Score s) {
        return s == null
                ? null
                : new RunScore(
                        s.epoch(),
                        s.clean(),
                        s.robust(),
                        s.worstRobust(),
                        s.worstRobustLow(),
                        s.worstClass(),
                        s.images(),
                        s.partial());
    }

    static RunReport.@Nullable Score fromAvro(@Nullable RunScore s) {
        return s == null
                ? null
                : new RunReport.Score(
                        s.getEpoch(),
                        s.getClean(),
                        s.getRobust(),
                        s.getWorstRobust(),
                        s.getWorstRobustLow(),
                        s.getWorstClass(),
                        s.getImages(),
                        s.getPartial());
    }

    static dev.frl.schemas.RunReport toAvro(RunReport r) {
        return dev.frl.schemas.RunReport.newBuilder()
                .setRunId(r.runId())
                .setExperiment(r.experiment())
                .setExperimentId(r.experimentId())
                .setPhase(dev.frl.schemas.Phase.valueOf(r.phase().name()))
                .setEpoch(r.epoch())
                .setValidation(toAvro(r.validation()))
                .setTest(toAvro(r.test()))
                .setReason(r.reason())
                .setAt(r.at())
                .build();
    }

    static RunReport fromAvro(dev.frl.schemas.RunReport r) {
        return new RunReport(
                r.getRunId(),
                r.getExperiment(),
                r.getExperimentId(),
                Phase.valueOf(r.getPhase().name()),
                r.getEpoch(),
                fromAvro(r.getValidation()),
                fromAvro(r.getTest()),
                r.getReason(),
                r.getAt());
    }
}
