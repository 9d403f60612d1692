package dev.frl.messaging.mapping;

import static dev.frl.messaging.mapping.CommandMapping.fromAvro;
import static dev.frl.messaging.mapping.CommandMapping.toAvro;
import static dev.frl.messaging.mapping.ExperimentMapping.fromAvro;
import static dev.frl.messaging.mapping.ExperimentMapping.toAvro;
import static dev.frl.messaging.mapping.PlanMapping.entries;
import static dev.frl.messaging.mapping.PlanMapping.map;

import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.settings.RunSettings;
import dev.frl.schemas.ExperimentEventRecord;
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
import dev.frl.schemas.experiments.Submitted;
import dev.frl.schemas.experiments.WarmStartAdded;
import dev.frl.schemas.experiments.WarmStartPlanned;
import java.time.Instant;
import java.util.function.Function;

/** The events of an experiment. Instants keep whole milliseconds; everything else survives exactly. */
public final class ExperimentEventMapping {
    private final PlanMapping plans;

    /** @param settingsOf reads canonical JSON; throws where it breaks a rule */
    public ExperimentEventMapping(Function<String, RunSettings> settingsOf) {
        this.plans = new PlanMapping(settingsOf);
    }

    public ExperimentEventRecord eventToAvro(ExperimentEvent event) {
        return new ExperimentEventRecord(event.experimentId(), event.at(), caseOf(event));
    }

    private Object caseOf(ExperimentEvent event) {
        if (event instanceof ExperimentEvent.Submitted e) {
            return new Submitted(e.experiment(), e.generation(), entries(e.labels()), toAvro(e.settings()), e.runs());
        } else if (event instanceof ExperimentEvent.WarmStartAdded e) {
            return new WarmStartAdded(plans.toAvro(e.plan()));
        } else if (event instanceof ExperimentEvent.RunAdded e) {
            return new RunAdded(e.index(), e.point(), entries(e.variant()), plans.toAvro(e.plan()));
        } else if (event instanceof ExperimentEvent.Started e) {
            return new Started(e.points(), e.runs());
        } else if (event instanceof ExperimentEvent.ExtensionBegun e) {
            return new ExtensionBegun(
                    e.askedId(), e.runs(), e.parallelRuns(), e.maxFailedRuns(), e.otherSettings(), toAvro(e.command()));
        } else if (event instanceof ExperimentEvent.ExtensionRunSeen e) {
            return new ExtensionRunSeen(e.runId(), e.pruned());
        } else if (event instanceof ExperimentEvent.Extended e) {
            return new Extended(e.commandId(), e.added(), e.points(), e.runs(), e.parallelRuns(), e.maxFailedRuns());
        }
        return caseOfRun(event);
    }

    private static Object caseOfRun(ExperimentEvent event) {
        if (event instanceof ExperimentEvent.WarmStartPlanned e) {
            return new WarmStartPlanned(e.runId());
        } else if (event instanceof ExperimentEvent.RunHandedOut e) {
            return new RunHandedOut(
                    e.index(), e.runId(), e.point(), entries(e.variant()), e.epochs(), e.allowance(), e.warmStart());
        } else if (event instanceof ExperimentEvent.RunAllowed e) {
            return new RunAllowed(e.index(), e.runId(), e.epochs());
        } else if (event instanceof ExperimentEvent.RunOrdered e) {
            return new RunOrdered(e.index(), e.runId(), toAvro(e.verb()), e.reason());
        } else if (event instanceof ExperimentEvent.RetryQueued e) {
            return new RetryQueued(e.index(), e.runId(), e.reason());
        } else if (event instanceof ExperimentEvent.Reported e) {
            return new Reported(e.index(), RunMapping.toAvro(e.report()));
        } else if (event instanceof ExperimentEvent.RungReached e) {
            return new RungReached(e.index(), e.runId(), e.point(), e.rung(), e.epoch(), e.score(), e.average());
        } else if (event instanceof ExperimentEvent.PointJudged e) {
            return new PointJudged(
                    e.point(),
                    entries(e.variant()),
                    e.rung(),
                    e.epoch(),
                    e.score(),
                    e.rank(),
                    e.of(),
                    e.advanced(),
                    e.reason());
        } else if (event instanceof ExperimentEvent.PointRevived e) {
            return new PointRevived(e.point());
        }
        return caseOfPhase(event);
    }

    private static Object caseOfPhase(ExperimentEvent event) {
        if (event instanceof ExperimentEvent.Paused e) {
            return new Paused(e.reason());
        } else if (event instanceof ExperimentEvent.Resumed e) {
            return new Resumed(e.reason());
        } else if (event instanceof ExperimentEvent.Stopping e) {
            return new Stopping(toAvro(e.verb()), toAvro(e.outcome()), e.reason());
        } else if (event instanceof ExperimentEvent.RunsWithheld e) {
            return new RunsWithheld(e.below());
        } else if (event instanceof ExperimentEvent.Ended e) {
            return new Ended(toAvro(e.outcome()), toAvro(e.best()), e.reason());
        } else if (event instanceof ExperimentEvent.Reopened e) {
            return new Reopened(e.reason());
        }
        throw new IllegalArgumentException("an event without a schema: " + event);
    }

    public ExperimentEvent eventFromAvro(ExperimentEventRecord record) {
        String id = record.getExperimentId();
        Instant at = record.getAt();
        Object event = record.getEvent();
        if (event instanceof Submitted e) {
            return new ExperimentEvent.Submitted(
                    e.getExperiment(),
                    id,
                    e.getGeneration(),
                    map(e.getLabels()),
                    fromAvro(e.getSettings()),
                    e.getRuns(),
                    at);
        } else if (event instanceof WarmStartAdded e) {
            return new ExperimentEvent.WarmStartAdded(plans.fromAvro(e.getPlan()), at);
        } else if (event instanceof RunAdded e) {
            return new ExperimentEvent.RunAdded(
                    e.getIndex(), e.getPoint(), map(e.getVariant()), plans.fromAvro(e.getPlan()), at);
        } else if (event instanceof Started e) {
            return new ExperimentEvent.Started(id, e.getPoints(), e.getRuns(), at);
        } else if (event instanceof ExtensionBegun e) {
            return new ExperimentEvent.ExtensionBegun(
                    id,
                    e.getAskedId(),
                    e.getRuns(),
                    e.getParallelRuns(),
                    e.getMaxFailedRuns(),
                    e.getOtherSettings(),
                    fromAvro(e.getCommand()),
                    at);
        } else if (event instanceof ExtensionRunSeen e) {
            return new ExperimentEvent.ExtensionRunSeen(id, e.getRunId(), e.getPruned(), at);
        } else if (event instanceof Extended e) {
            return new ExperimentEvent.Extended(
                    id,
                    e.getCommandId(),
                    e.getAdded(),
                    e.getPoints(),
                    e.getRuns(),
                    e.getParallelRuns(),
                    e.getMaxFailedRuns(),
                    at);
        }
        return ofRun(id, at, event);
    }

    private static ExperimentEvent ofRun(String id, Instant at, Object event) {
        if (event instanceof WarmStartPlanned e) {
            return new ExperimentEvent.WarmStartPlanned(id, e.getRunId(), at);
        } else if (event instanceof RunHandedOut e) {
            return new ExperimentEvent.RunHandedOut(
                    id,
                    e.getIndex(),
                    e.getRunId(),
                    e.getPoint(),
                    map(e.getVariant()),
                    e.getEpochs(),
                    e.getAllowance(),
                    e.getWarmStart(),
                    at);
        } else if (event instanceof RunAllowed e) {
            return new ExperimentEvent.RunAllowed(id, e.getIndex(), e.getRunId(), e.getEpochs(), at);
        } else if (event instanceof RunOrdered e) {
            return new ExperimentEvent.RunOrdered(
                    id, e.getIndex(), e.getRunId(), fromAvro(e.getVerb()), e.getReason(), at);
        } else if (event instanceof RetryQueued e) {
            return new ExperimentEvent.RetryQueued(id, e.getIndex(), e.getRunId(), e.getReason(), at);
        } else if (event instanceof Reported e) {
            return new ExperimentEvent.Reported(id, e.getIndex(), RunMapping.fromAvro(e.getReport()), at);
        } else if (event instanceof RungReached e) {
            return new ExperimentEvent.RungReached(
                    id,
                    e.getIndex(),
                    e.getRunId(),
                    e.getPoint(),
                    e.getRung(),
                    e.getEpoch(),
                    e.getScore(),
                    e.getAverage(),
                    at);
        } else if (event instanceof PointJudged e) {
            return new ExperimentEvent.PointJudged(
                    id,
                    e.getPoint(),
                    map(e.getVariant()),
                    e.getRung(),
                    e.getEpoch(),
                    e.getScore(),
                    e.getRank(),
                    e.getOf(),
                    e.getAdvanced(),
                    e.getReason(),
                    at);
        } else if (event instanceof PointRevived e) {
            return new ExperimentEvent.PointRevived(id, e.getPoint(), at);
        }
        return ofPhase(id, at, event);
    }

    private static ExperimentEvent ofPhase(String id, Instant at, Object event) {
        if (event instanceof Paused e) {
            return new ExperimentEvent.Paused(id, e.getReason(), at);
        } else if (event instanceof Resumed e) {
            return new ExperimentEvent.Resumed(id, e.getReason(), at);
        } else if (event instanceof Stopping e) {
            return new ExperimentEvent.Stopping(id, fromAvro(e.getVerb()), fromAvro(e.getOutcome()), e.getReason(), at);
        } else if (event instanceof RunsWithheld e) {
            return new ExperimentEvent.RunsWithheld(id, e.getBelow(), at);
        } else if (event instanceof Ended e) {
            return new ExperimentEvent.Ended(id, fromAvro(e.getOutcome()), fromAvro(e.getBest()), e.getReason(), at);
        } else if (event instanceof Reopened e) {
            return new ExperimentEvent.Reopened(id, e.getReason(), at);
        }
        throw new IllegalArgumentException("an event that is not known: " + event);
    }
}
