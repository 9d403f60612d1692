package dev.frl.messaging.mapping;

import dev.frl.core.command.Command;
import dev.frl.core.command.Verb;
import dev.frl.core.run.Outbox.Withdrawal;
import dev.frl.schemas.CommandRecord;
import dev.frl.schemas.RetriedRuns;
import dev.frl.schemas.WorkWithdrawn;

/** Orders of users, and withdrawals of work. */
public final class CommandMapping {
    private CommandMapping() {}

    static CommandRecord toAvro(Command command) {
        return new CommandRecord(
                command.id(),
                toAvro(command.verb()),
                command.target(),
                RetriedRuns.valueOf(command.which().name()),
                command.reason());
    }

    static Command fromAvro(CommandRecord r) {
        return new Command(
                r.getId(),
                fromAvro(r.getVerb()),
                r.getTarget(),
                Command.Which.valueOf(r.getWhich().name()),
                r.getReason());
    }

    static dev.frl.schemas.Verb toAvro(Verb verb) {
        return dev.frl.schemas.Verb.valueOf(verb.name());
    }

    static Verb fromAvro(dev.frl.schemas.Verb verb) {
        return Verb.valueOf(verb.name());
    }

    public static WorkWithdrawn withdrawnToAvro(Withdrawal m) {
        return new WorkWithdrawn(m.runId(), m.attempt(), m.reason());
    }

    public static Withdrawal withdrawnFromAvro(WorkWithdrawn r) {
        return new Withdrawal(r.getRunId(), r.getAttempt(), r.getReason());
    }
}
