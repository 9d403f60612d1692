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
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "topics", header = "Set up Kafka's topics.", synopsisSubcommandLabel = "COMMAND")
public final class TopicsCommand implements Runnable {
    private final GlobalOptions global;

    @Spec
    CommandSpec spec;

    public TopicsCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "say what to do: create");
    }

    @Command(
            name = "create",
            header = "Create the topics that are missing, and set up the share groups.",
            description = "Topics that are there keep their settings.",
            exitCodeList = {"0:all topics are there", "1:the brokers refuse", "75:no broker answers"})
    int create(
            @Mixin BrokerOption broker,
            @Option(
                            names = "--replication",
                            paramLabel = "N",
                            defaultValue = "1",
                            description = "Copies of each partition; 3 in production. Default: 1")
                    int replication,
            @Option(
                            names = "--partitions",
                            paramLabel = "N",
                            defaultValue = "" + Topics.PARTITIONS,
                            description = "Of each topic; bounds how many controllers can share the work. Default: "
                                    + Topics.PARTITIONS)
                    int partitions,
            @Option(
                            names = "--lease",
                            paramLabel = "SECONDS",
                            defaultValue = "30",
                            description = "How long work stays with a worker that says nothing; brokers allow 15 to 60"
                                    + " unless set up otherwise. Default: 30")
                    int lease,
            @Mixin OutputOption output) {
        CliContext context = global.context();
        Logging.quiet();
        Layout layout;
        try {
            layout = new Layout(partitions, replication, Duration.ofSeconds(lease));
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        }
        Cluster cluster = broker.running(global);
        List<String> created = cluster.createTopics(layout);
        context.err()
                .printf(
                        "%s at %s; %s.%n",
                        created.isEmpty() ? "All topics were there already" : "All topics are there",
                        cluster.bootstrapServers(),
                        created.isEmpty()
                                ? "none was created"
                                : HumanFormat.count(created.size(), "topic") + " created");
        var table = new Table().left("CREATED", "topic");
        created.forEach(topic -> table.row(Cell.of(topic)));
        if (output.json() || !table.isEmpty()) {
            table.print(context, output.json());
        }
        return ExitCode.OK;
    }
}
