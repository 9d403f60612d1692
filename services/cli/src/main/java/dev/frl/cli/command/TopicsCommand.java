package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.local.Logging;
import dev.frl.cli.option.BrokerOption;
import dev.frl.cli.option.OutputOption;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.Table;
import dev.frl.cli.terminal.Table.Cell;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.TopicAdmin.Layout;
import java.time.Duration;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "topics", header = "Create Kafka's topics.", synopsisSubcommandLabel = "COMMAND")
public final class TopicsCommand implements Runnable {
    private final GlobalOptions global;

    @Spec
    CommandSpec spec;

    public TopicsCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "missing command; choose create");
    }

    @Command(
            name = "create",
            header = "Create the missing topics, and configure the share groups.",
            description =
                    "Sets what existing topics lack. What somebody chose for a topic stays; a note says what frl needs.",
            exitCodeList = {
                "0:all topics exist",
                "1:the brokers refused, or topics differ in their numbers of partitions",
                "75:no broker answers"
            })
    int create(
            @Mixin BrokerOption broker,
            @Option(
                            names = "--replication",
                            paramLabel = "N",
                            defaultValue = "1",
                            description = "Replicas of each partition; use 3 in production. Default: 1")
                    int replication,
            @Option(
                            names = "--partitions",
                            paramLabel = "N",
                            defaultValue = "" + Topics.PARTITIONS,
                            description =
                                    "Partitions of each topic, and so the most controllers that can share the work. Default: "
                                            + Topics.PARTITIONS)
                    int partitions,
            @Option(
                            names = "--lease",
                            paramLabel = "SECONDS",
                            defaultValue = "30",
                            description = "Lease: work that is not renewed for so long goes to another worker. Brokers"
                                    + " allow 15 to 60 unless configured otherwise. Default: 30")
                    int lease,
            @Mixin OutputOption output) {
        CliContext context = global.context();
        Logging.quiet();
        requirePositive("--replication", replication);
        requirePositive("--partitions", partitions);
        requirePositive("--lease", lease);
        var layout = new Layout(partitions, replication, Duration.ofSeconds(lease));
        Cluster cluster = broker.running(global);
        var report = cluster.createTopics(layout);
        var created = report.created();
        context.err()
                .printf(
                        Locale.ROOT,
                        "All topics exist at %s; %s.%n",
                        cluster.bootstrapServers(),
                        created.isEmpty()
                                ? "none was created"
                                : HumanFormat.count(created.size(), "topic") + " created");
        report.mended().forEach(mended -> context.err().println("Set " + mended));
        report.notes().forEach(note -> context.err().println("Note: " + note));
        var table = new Table().left("CREATED", "topic");
        created.forEach(topic -> table.row(Cell.of(topic)));
        if (output.json() || !table.isEmpty()) {
            table.print(context, output.json());
        }
        return ExitCode.OK;
    }

    private static void requirePositive(String option, int value) {
        if (value < 1) {
            throw CliException.usage(String.format(Locale.ROOT, "%s is %d; it must be at least 1", option, value));
        }
    }
}
