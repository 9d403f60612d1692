package dev.frl.messaging.mapping;

import static dev.frl.messaging.mapping.PlanMapping.entries;
import static dev.frl.messaging.mapping.PlanMapping.map;

import dev.frl.core.command.Command;
import dev.frl.core.experiment.BestPoint;
import dev.frl.core.experiment.ExperimentInput;
import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentSettings;
import dev.frl.core.experiment.ExperimentSettings.AshaSettings;
import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.experiment.ExperimentStatus.RunCounts;
import dev.frl.core.settings.RunSettings;
import dev.frl.schemas.CommandRecord;
import dev.frl.schemas.ExperimentSignal;
import dev.frl.schemas.ExperimentStatusChanged;
import dev.frl.schemas.Halving;
import dev.frl.schemas.PointMeans;
import dev.frl.schemas.RunReport;
import dev.frl.schemas.experiments.AddRun;
import dev.frl.schemas.experiments.Submit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What is told of an experiment and to an experiment. */
public final class ExperimentMapping {
    private final PlanMapping plans;

    /** @param settingsOf reads canonical JSON; throws where it breaks a rule */
    public ExperimentMapping(Function<String, RunSettings> settingsOf) {
        this.plans = new PlanMapping(settingsOf);
    }

    public ExperimentSignal signalToAvro(ExperimentInput input) {
        return new ExperimentSignal(input.experiment(), caseOf(input));
    }

    private Object caseOf(ExperimentInput input) {
        if (input instanceof ExperimentInput.Submit i) {
            return new Submit(
                    i.experimentId(),
                    i.generation(),
                    entries(i.labels()),
                    toAvro(i.settings()),
                    i.runs(),
                    toAvroOrNull(i.extend()));
        } else if (input instanceof ExperimentInput.AddRun i) {
            return new AddRun(i.experimentId(), entries(i.variant()), plans.toAvro(i.plan()));
        } else if (input instanceof ExperimentInput.RunReported i) {
            return RunMapping.toAvro(i.report());
        } else if (input instanceof ExperimentInput.Ordered i) {
            return CommandMapping.toAvro(i.command());
        }
        throw new IllegalArgumentException("a signal without a schema: " + input);
    }

    public ExperimentInput signalFromAvro(ExperimentSignal r) {
        var experiment = r.getExperiment();
        if (r.getSignal() instanceof Submit s) {
            return new ExperimentInput.Submit(
                    experiment,
                    s.getExperimentId(),
                    s.getGeneration(),
                    map(s.getLabels()),
                    fromAvro(s.getSettings()),
                    s.getRuns(),
                    fromAvroOrNull(s.getExtend()));
        } else if (r.getSignal() instanceof AddRun s) {
            return new ExperimentInput.AddRun(
                    experiment, s.getExperimentId(), map(s.getVariant()), plans.fromAvro(s.getPlan()));
        } else if (r.getSignal() instanceof RunReport s) {
            return new ExperimentInput.RunReported(RunMapping.fromAvro(s));
        } else if (r.getSignal() instanceof CommandRecord s) {
            return new ExperimentInput.Ordered(experiment, CommandMapping.fromAvro(s));
        }
        throw new IllegalArgumentException("a signal that is not known: " + r.getSignal());
    }

    private static @Nullable CommandRecord toAvroOrNull(@Nullable Command command) {
        return command == null ? null : CommandMapping.toAvro(command);
    }

    private static @Nullable Command fromAvroOrNull(@Nullable CommandRecord command) {
        return command == null ? null : CommandMapping.fromAvro(command);
    }

    public static ExperimentStatusChanged statusToAvro(ExperimentStatus s) {
        return ExperimentStatusChanged.newBuilder()
                .setExperiment(s.experiment())
                .setExperimentId(s.experimentId())
                .setGeneration(s.generation())
                .setLabels(entries(s.labels()))
                .setSettings(toAvro(s.settings()))
                .setSearch(s.search())
                .setSubmittedAt(s.submittedAt())
                .setPhase(toAvro(s.phase()))
                .setReason(s.reason())
                .setSince(s.since())
                .setPoints(s.points())
                .setPruned(s.pruned())
                .setWaiting(s.runs().waiting())
                .setRunning(s.runs().running())
                .setResting(s.runs().resting())
                .setFinished(s.runs().finished())
                .setFailed(s.runs().failed())
                .setStopped(s.runs().stopped())
                .setBest(toAvro(s.best()))
                .build();
    }

    public static ExperimentStatus statusFromAvro(ExperimentStatusChanged r) {
        return new ExperimentStatus(
                r.getExperiment(),
                r.getExperimentId(),
                r.getGeneration(),
                map(r.getLabels()),
                fromAvro(r.getSettings()),
                r.getSearch(),
                r.getSubmittedAt(),
                fromAvro(r.getPhase()),
                r.getReason(),
                r.getSince(),
                r.getPoints(),
                r.getPruned(),
                new RunCounts(
                        r.getWaiting(), r.getRunning(), r.getResting(), r.getFinished(), r.getFailed(), r.getStopped()),
                fromAvro(r.getBest()));
    }

    static dev.frl.schemas.ExperimentPhase toAvro(ExperimentPhase phase) {
        return dev.frl.schemas.ExperimentPhase.valueOf(phase.name());
    }

    static ExperimentPhase fromAvro(dev.frl.schemas.ExperimentPhase phase) {
        return ExperimentPhase.valueOf(phase.name());
    }

    static dev.frl.schemas.ExperimentSettings toAvro(ExperimentSettings s) {
        var asha = s.asha();
        return dev.frl.schemas.ExperimentSettings.newBuilder()
                .setAsha(asha == null ? null : new Halving(asha.minEpochs(), asha.reduction(), asha.lowerEnd()))
                .setAverageRobustFloor(s.constraints().averageRobust())
                .setAverageCleanFloor(s.constraints().averageClean())
                .setParallelRuns(s.parallelRuns())
                .setMaxFailedRuns(s.maxFailedRuns())
                .build();
    }

    /** @throws IllegalArgumentException where the settings break a rule */
    static ExperimentSettings fromAvro(dev.frl.schemas.ExperimentSettings r) {
        var asha = r.getAsha();
        return new ExperimentSettings(
                asha == null ? null : new AshaSettings(asha.getMinEpochs(), asha.getReduction(), asha.getLowerEnd()),
                new Constraints(r.getAverageRobustFloor(), r.getAverageCleanFloor()),
                r.getParallelRuns(),
                r.getMaxFailedRuns());
    }

    static @Nullable PointMeans toAvro(@Nullable BestPoint p) {
        return p == null
                ? null
                : new PointMeans(
                        p.point(),
                        entries(p.variant()),
                        p.worstRobust(),
                        p.averageRobust(),
                        p.averageClean(),
                        p.epoch(),
                        p.runs());
    }

    static @Nullable BestPoint fromAvro(@Nullable PointMeans p) {
        return p == null
                ? null
                : new BestPoint(
                        p.getPoint(),
                        map(p.getVariant()),
                        p.getWorstRobust(),
                        p.getAverageRobust(),
                        p.getAverageClean(),
                        p.getEpoch(),
                        p.getRuns());
    }
}
