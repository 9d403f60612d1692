package dev.frl.cli.order;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.local.Logging;
import dev.frl.cli.run.ExperimentStatuses;
import dev.frl.cli.run.RunFinder;
import dev.frl.cli.run.RunFinder.Target;
import dev.frl.cli.run.RunStatuses;
import dev.frl.cli.run.RunSummary;
import dev.frl.cli.run.StatusTable;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.cli.terminal.Table;
import dev.frl.cli.terminal.Table.Cell;
import dev.frl.core.command.Answer;
import dev.frl.core.command.Command.Which;
import dev.frl.core.command.Verb;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.CommandMessage;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Sends an order to the controller, and shows its answer. */
final class Orders {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int PAUSE_MILLIS = 500;

    private final CliContext context;
    private final OrderOptions options;
    private final @Nullable String reason;
    private final Cluster cluster;

    /** @throws CliException usage, if the reason is not acceptable; temporary, if no broker runs */
    Orders(GlobalOptions global, OrderOptions options) {
        Logging.quiet();
        this.context = global.context();
        this.options = options;
        this.reason = options.reason();
        this.cluster = options.broker.running(global);
    }

    /** @throws CliException if there is no such run or experiment */
    Target target(String name) {
        return RunFinder.target(RunStatuses.readable(context, cluster), ExperimentStatuses.of(context, cluster), name);
    }

    /** Id of the newest experiment with exactly this name. */
    Optional<String> experiment(String name) {
        return RunFinder.experiment(
                RunStatuses.readable(context, cluster), ExperimentStatuses.of(context, cluster), name);
    }

    /** Orders something of a run or an experiment. */
    int send(Verb verb, String name, Which which, WaitOption wait) throws InterruptedException {
        var target = target(name);
        boolean run = target.run() != null;
        int code = send(
                new CommandMessage(verb, run ? null : target.id(), run ? target.id() : null, which, reason, null),
                Map.of());
        return code == ExitCode.OK && wait.wanted ? await(target, verb) : code;
    }

    /** @param message without a reason */
    int extend(CommandMessage message, Map<String, String> names) {
        return send(
                new CommandMessage(
                        message.verb(), message.experiment(), message.run(), message.which(), reason, message.spec()),
                names);
    }

    /** @param names what is known of runs that are not planned yet: run id to name within the experiment */
    private int send(CommandMessage message, Map<String, String> names) {
        var reply = cluster.command(message, PATIENCE, context.interrupt()::requested);
        if (reply.answer().isEmpty()) {
            return unanswered(reply.id());
        }
        var answer = reply.answer().get();
        if (options.output.json()) {
            context.out().println(PrettyJson.pretty(json(answer)));
        }
        if (!answer.done()) {
            throw CliException.failed("refused: " + lines(answer.text()));
        }
        context.err().println(sentence(lines(answer.text())));
        if (!options.output.json() && !answer.changed().isEmpty()) {
            changed(answer, names);
        }
        return ExitCode.OK;
    }

    private int unanswered(String id) {
        if (context.interrupt().requested()) {
            context.err().printf(Locale.ROOT, "Stopped waiting for the answer; the order is published as %s.%n", id);
            return ExitCode.INTERRUPTED;
        }
        throw CliException.temporary(
                String.format(
                                Locale.ROOT,
                                "published to %s as %s, but there was no answer within %s. Is a controller running? `frl up` and `frl controller`",
                                cluster.bootstrapServers(),
                                id,
                                HumanFormat.duration(PATIENCE))
                        + " start one, and it carries the order out as soon as it runs",
                null);
    }

    private static Map<String, @Nullable Object> json(Answer answer) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("command", answer.commandId());
        json.put("verb", answer.verb() == null ? null : answer.verb().label());
        json.put("target", answer.target());
        json.put("outcome", answer.done() ? "done" : "refused");
        json.put("text", answer.text());
        json.put("changed", answer.changed());
        return json;
    }

    /** Line by line without control characters: the answer comes over the network. */
    private static String lines(String text) {
        return String.join(
                System.lineSeparator(),
                text.strip().lines().map(HumanFormat::reason).toList());
    }

    private static String sentence(String text) {
        if (text.isEmpty()) {
            return "Done.";
        }
        String upper = Character.toUpperCase(text.charAt(0)) + text.substring(1);
        return upper.endsWith(".") ? upper : upper + ".";
    }

    private void changed(Answer answer, Map<String, String> names) {
        var statuses = RunStatuses.quietly(cluster);
        var table = new Table().left("RUN", "run").left("WHAT", "what");
        for (String id : answer.changed()) {
            String known = statuses.of(List.of(id)).stream()
                    .map(RunSummary::what)
                    .findFirst()
                    .orElse(names.getOrDefault(id, "not handed out yet"));
            table.row(Cell.of(id), Cell.of(known));
        }
        table.print(context, false);
    }

    /** Waits until the order is carried out, and prints the status of the runs. */
    private int await(Target target, Verb verb) throws InterruptedException {
        while (true) {
            var runs = runs(RunStatuses.quietly(cluster), target);
            boolean quiet = runs.stream()
                    .allMatch(run -> run.phase().isTerminal() || (verb == Verb.PAUSE && run.phase() == Phase.PAUSED));
            if (quiet && (target.run() != null || rests(target.id(), verb))) {
                if (!options.output.json()) {
                    StatusTable.print(context, runs, false);
                }
                return ExitCode.OK;
            }
            if (context.interrupt().requested()) {
                context.err().println("Stopped waiting; the order stands.");
                return ExitCode.INTERRUPTED;
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    private boolean rests(String experimentId, Verb verb) {
        return ExperimentStatuses.quietly(cluster)
                .of(experimentId)
                .map(e -> e.phase().isTerminal()
                        || (verb == Verb.PAUSE && e.runs().running() == 0))
                .orElse(true);
    }

    private static List<RunStatus> runs(RunStatuses statuses, Target target) {
        return target.run() != null
                ? statuses.of(List.of(target.id()))
                : RunFinder.ofExperimentAlone(statuses, target.id());
    }
}
