package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.local.Logging;
import dev.frl.cli.option.BrokerOption;
import dev.frl.cli.option.OutputOption;
import dev.frl.cli.run.WorkersTable;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.messaging.message.HostOrder;
import dev.frl.spec.tree.Suggestions;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Locale;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "workers",
        header = "Show trainers and attackers, and drain hosts.",
        synopsisSubcommandLabel = "COMMAND")
public final class WorkersCommand implements Runnable {
    private final GlobalOptions global;

    @Spec
    CommandSpec spec;

    public WorkersCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "missing command; choose list, drain or undrain");
    }

    @Command(
            name = "list",
            header = "List trainers and attackers, and what they do.",
            description =
                    "States: idle, working, paused (work failed for the host's sake, so it takes none for a while), draining"
                            + " (its host is drained, and it finishes what it holds), drained, silent (not heard of for 2 minutes). A worker"
                            + " that was killed is listed for a day.",
            exitCodeList = {"0:done", "75:no broker answers"})
    int list(@Mixin BrokerOption broker, @Mixin OutputOption output) {
        Logging.quiet();
        CliContext context = global.context();
        var workers = broker.running(global).workers();
        if (workers.isEmpty() && !output.json()) {
            context.err().println("There are no workers: none was heard of for a day. To start some: frl up");
        } else {
            WorkersTable.print(context, workers, output.json());
        }
        return ExitCode.OK;
    }

    @Command(
            name = "drain",
            header = "Let the workers of a host finish what they hold, and take nothing new.",
            description =
                    "A trainer finishes its run, not only its epoch. To move a run to another host at once, stop its trainer."
                            + " The order holds for workers that start later, too.",
            exitCodeList = {"0:the host is drained", "1:there is no such host", "75:no broker answers"})
    int drain(
            @Parameters(paramLabel = "HOST", description = "Host as `frl workers list` shows it.") String host,
            @Mixin BrokerOption broker,
            @Mixin OutputOption output) {
        return order(host, true, broker, output);
    }

    @Command(
            name = "undrain",
            header = "Let the workers of a drained host take work again.",
            exitCodeList = {"0:the host is not drained", "1:there is no such host", "75:no broker answers"})
    int undrain(
            @Parameters(paramLabel = "HOST", description = "Host as `frl workers list` shows it.") String host,
            @Mixin BrokerOption broker,
            @Mixin OutputOption output) {
        return order(host, false, broker, output);
    }

    private int order(String host, boolean drain, BrokerOption broker, OutputOption output) {
        Logging.quiet();
        CliContext context = global.context();
        var cluster = broker.running(global);
        var workers = cluster.workers();
        var orders = cluster.hostOrders();
        var known = new TreeSet<>(orders.keySet());
        workers.forEach(worker -> known.add(worker.host()));
        if (!known.contains(host)) {
            throw unknown(host, known);
        }
        var now = context.clock().instant();
        var before = orders.get(host);
        var there = workers.stream().filter(w -> w.host().equals(host)).toList();
        if (drain == (before != null && before.drain())) {
            context.err().println(unchanged(host, before, now));
        } else {
            cluster.order(new HostOrder(host, drain, now));
            long alive =
                    there.stream().filter(w -> !WorkersTable.isSilent(w, now)).count();
            context.err().println(drain ? drained(host, alive) : undrained(host, alive));
        }
        if (output.json() || !there.isEmpty()) {
            WorkersTable.print(context, there, output.json());
        }
        return ExitCode.OK;
    }

    private static String drained(String host, long workers) {
        return String.format(
                Locale.ROOT,
                "Host %s is drained: %s. To end that: frl workers undrain %1$s",
                HumanFormat.line(host),
                workers == 0
                        ? "no worker runs there now"
                        : workers == 1
                                ? "its worker finishes what it holds, and takes nothing new"
                                : String.format(
                                        Locale.ROOT,
                                        "its %d workers finish what they hold, and take nothing new",
                                        workers));
    }

    private static String undrained(String host, long workers) {
        return String.format(
                Locale.ROOT,
                "Host %s is no longer drained: %s.",
                HumanFormat.line(host),
                workers == 0
                        ? "no worker runs there now"
                        : workers == 1
                                ? "its worker takes work again"
                                : String.format(Locale.ROOT, "its %d workers take work again", workers));
    }

    private static String unchanged(String host, @Nullable HostOrder before, Instant now) {
        return before != null && before.drain()
                ? String.format(
                        Locale.ROOT,
                        "Host %s has been drained for %s; nothing was changed.",
                        HumanFormat.line(host),
                        HumanFormat.duration(Duration.between(before.at(), now)))
                : String.format(Locale.ROOT, "Host %s is not drained; nothing was changed.", HumanFormat.line(host));
    }

    private static CliException unknown(String host, Collection<String> known) {
        var near = Suggestions.nearest(host, known);
        String hint = near.isEmpty()
                ? "`frl workers list` shows all workers"
                : "did you mean " + String.join(" or ", near) + "?";
        return CliException.failed(String.format(
                Locale.ROOT,
                "no worker of host %s was heard of for a day, so nothing was changed; %s",
                HumanFormat.line(host),
                hint));
    }
}
