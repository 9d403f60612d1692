package dev.frl.core.run;

import dev.frl.core.command.Answer;
import dev.frl.core.command.Verb;
import dev.frl.core.run.RunEvent.Allowed;
import dev.frl.core.run.RunEvent.Ordered;
import dev.frl.core.run.RunEvent.Parked;
import dev.frl.core.run.RunEvent.Reopened;
import dev.frl.core.run.RunEvent.Stopped;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Carries out orders to a run: to stop, to rest, to go on, to train more epochs. A user's order is answered. */
final class RunOrders {
    private final RunDecider decider;
    private final RunState run;
    private final String id;

    RunOrders(RunDecider decider, RunState run) {
        this.decider = decider;
        this.run = run;
        this.id = run.plan().runId();
    }

    void obey(RunInput.Order order) {
        int before = decider.decided();
        var refusal = carryOut(order);
        var command = order.command();
        if (command == null) {
            return;
        }
        Answer answer;
        if (refusal != null) {
            answer = command.refused(refusal);
        } else {
            boolean changed = decider.decided() > before;
            var text = String.format(Locale.ROOT, "run %s: %s", id, run.status().reason());
            answer = command.done(changed ? text : "nothing changed; " + text, changed ? List.of(id) : List.of());
        }
        decider.reply(new Outbox.Answered(id, answer));
    }

    /** @return why the order is refused; null if it was carried out, or was before */
    private @Nullable String carryOut(RunInput.Order order) {
        return switch (order.verb()) {
            case STOP -> stop(order);
            case KILL -> kill(order);
            case PAUSE -> pause(order);
            case RESUME -> resume(order);
            case RETRY -> retry(order);
            case EXTEND -> "only an experiment can be extended";
        };
    }

    private @Nullable String stop(RunInput.Order order) {
        if (!run.phase().isTerminal() && !run.isOrdered(Verb.STOP)) {
            halt(Verb.STOP, order.reason());
        }
        return null;
    }

    private @Nullable String kill(RunInput.Order order) {
        if (!run.phase().isTerminal()) {
            decider.emit(new Stopped(id, order.reason(), decider.now()));
        }
        return null;
    }

    private @Nullable String pause(RunInput.Order order) {
        if (run.phase().isTerminal()) {
            return ended();
        } else if (run.isOrdered(Verb.STOP)) {
            return "the run is being stopped";
        } else if (run.phase() == Phase.TESTING) {
            return "the run is being tested; it ends after that";
        } else if (!run.isOrdered(Verb.PAUSE)) {
            halt(Verb.PAUSE, order.reason());
        }
        return null;
    }

    private @Nullable String resume(RunInput.Order order) {
        if (run.phase().isTerminal()) {
            return ended() + (run.phase() == Phase.FINISHED ? "" : "; retry continues it from its last checkpoint");
        } else if (run.isOrdered(Verb.STOP)) {
            return "the run is being stopped; once it has ended, retry continues it";
        } else if (run.order() != null) {
            resume(order.reason());
        }
        return null;
    }

    private @Nullable String retry(RunInput.Order order) {
        if (run.phase() == Phase.FINISHED) {
            return "the run has finished; to run the same spec again, raise metadata.generation";
        } else if (run.phase().isTerminal()) {
            reopen(order.reason());
        }
        return null;
    }

    private String ended() {
        return String.format(Locale.ROOT, "the run has ended: %s", run.status().reason());
    }

    /** Orders a stop or a pause, and carries it out at once if no epoch is trained or evaluated. */
    void halt(Verb verb, String reason) {
        decider.emit(new Ordered(id, verb, reason, decider.now()));
        boolean waits = run.phase() == Phase.QUEUED && run.evaluation() == null;
        boolean rests = run.phase() == Phase.PAUSED || run.phase() == Phase.WAITING_FOR_WARM_START;
        if (waits || (rests && verb == Verb.STOP)) {
            decider.rest(run);
        } else if (run.phase() == Phase.PAUSED) {
            decider.emit(new Parked(id, reason, decider.now()));
        }
    }

    /** Takes a stop or a pause back. */
    void resume(String reason) {
        decider.emit(new Ordered(id, Verb.RESUME, reason, decider.now()));
        if (run.parked() != null && !decider.rest(run)) {
            decider.goOn(run);
        }
    }

    /** A run that had ended goes on from its last checkpoint. */
    void reopen(String reason) {
        decider.emit(new Reopened(id, run.attempt() + 1, reason, decider.now()));
        if (run.phase() != Phase.WAITING_FOR_WARM_START) {
            decider.goOn(run);
        }
    }

    /** @param epochs epochs that the run may train in all */
    void allow(int epochs) {
        if (epochs > run.allowance()) {
            boolean rested = run.parked() != null;
            decider.emit(new Allowed(id, epochs, decider.now()));
            if (rested && run.order() == null) {
                decider.goOn(run);
            }
            if (rested) {
                decider.reply(new Outbox.ToExperiment(run.report(decider.now())));
            }
        }
    }
}
