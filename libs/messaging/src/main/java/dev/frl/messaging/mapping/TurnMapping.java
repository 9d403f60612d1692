package dev.frl.messaging.mapping;

import dev.frl.core.turn.TurnFact;
import dev.frl.core.turn.TurnInput;
import dev.frl.schemas.TurnFactRecord;
import dev.frl.schemas.TurnSignal;
import dev.frl.schemas.turns.Count;
import dev.frl.schemas.turns.Held;
import dev.frl.schemas.turns.Place;
import dev.frl.schemas.turns.Released;
import dev.frl.schemas.turns.Trainer;
import dev.frl.schemas.turns.TrainerGone;
import dev.frl.schemas.turns.TrainerSeen;
import dev.frl.schemas.turns.Waiting;
import dev.frl.schemas.turns.Wanted;
import java.time.Duration;

/** Which runs may have a trainer: the controller's signals to itself, and what it stores. */
public final class TurnMapping {
    private TurnMapping() {}

    public static TurnSignal signalToAvro(TurnInput input) {
        return new TurnSignal(caseOf(input));
    }

    private static Object caseOf(TurnInput input) {
        if (input instanceof TurnInput.Wanted i) {
            return toAvro(i);
        } else if (input instanceof TurnInput.Released i) {
            return new Released(i.runId());
        } else if (input instanceof TurnInput.TrainerSeen i) {
            return new TrainerSeen(i.trainer(), i.counts(), i.experiment(), i.at());
        } else if (input instanceof TurnInput.TrainerGone i) {
            return new TrainerGone(i.trainer());
        }
        throw new IllegalArgumentException("a signal without a schema: " + input);
    }

    public static TurnInput signalFromAvro(TurnSignal r) {
        if (r.getSignal() instanceof Wanted s) {
            return fromAvro(s);
        } else if (r.getSignal() instanceof Released s) {
            return new TurnInput.Released(s.getRunId());
        } else if (r.getSignal() instanceof TrainerSeen s) {
            return new TurnInput.TrainerSeen(s.getTrainer(), s.getCounts(), s.getExperiment(), s.getAnnouncedAt());
        } else if (r.getSignal() instanceof TrainerGone s) {
            return new TurnInput.TrainerGone(s.getTrainer());
        }
        throw new IllegalArgumentException("a signal that is not known: " + r.getSignal());
    }

    public static TurnFactRecord factToAvro(TurnFact fact) {
        return new TurnFactRecord(caseOf(fact));
    }

    private static Object caseOf(TurnFact fact) {
        if (fact instanceof TurnFact.Waiting f) {
            return new Waiting(toAvro(f.wanted()), f.number(), f.since());
        } else if (fact instanceof TurnFact.Held f) {
            return new Held(toAvro(f.wanted()), f.number());
        } else if (fact instanceof TurnFact.Place f) {
            return new Place(f.experimentId(), f.turn(), f.served());
        } else if (fact instanceof TurnFact.Count f) {
            return new Count(f.turns());
        } else if (fact instanceof TurnFact.Trainer f) {
            return new Trainer(f.trainer(), f.counts(), f.experiment());
        }
        throw new IllegalArgumentException("a fact without a schema: " + fact);
    }

    public static TurnFact factFromAvro(TurnFactRecord r) {
        if (r.getFact() instanceof Waiting f) {
            return new TurnFact.Waiting(fromAvro(f.getWanted()), f.getNumber(), f.getSince());
        } else if (r.getFact() instanceof Held f) {
            return new TurnFact.Held(fromAvro(f.getWanted()), f.getNumber());
        } else if (r.getFact() instanceof Place f) {
            return new TurnFact.Place(f.getExperimentId(), f.getTurn(), f.getServed());
        } else if (r.getFact() instanceof Count f) {
            return new TurnFact.Count(f.getTurns());
        } else if (r.getFact() instanceof Trainer f) {
            return new TurnFact.Trainer(f.getTrainer(), f.getCounts(), f.getExperiment());
        }
        throw new IllegalArgumentException("a fact that is not known: " + r.getFact());
    }

    private static Wanted toAvro(TurnInput.Wanted w) {
        return new Wanted(
                w.runId(),
                w.attempt(),
                w.experiment(),
                w.experimentId(),
                w.priority(),
                w.patience().toMillis(),
                w.at());
    }

    private static TurnInput.Wanted fromAvro(Wanted w) {
        return new TurnInput.Wanted(
                w.getRunId(),
                w.getAttempt(),
                w.getExperiment(),
                w.getExperimentId(),
                w.getPriority(),
                Duration.ofMillis(w.getPatienceMillis()),
                w.getWantedAt());
    }
}
