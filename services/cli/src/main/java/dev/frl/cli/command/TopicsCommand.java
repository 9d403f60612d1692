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
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.cli.terminal.Table;
import dev.frl.cli.terminal.Table.Cell;
import dev.frl.messaging.Topics;
import dev.frl.messaging.access.Right;
import dev.frl.messaging.access.Rights;
import dev.frl.messaging.access.Role;
import dev.frl.messaging.client.TopicAdmin.Layout;
import dev.frl.service.StandardTopics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "topics",
        header = "Create Kafka's topics, delete them, and list the rights of each service.",
        synopsisSubcommandLabel = "COMMAND")
public final class TopicsCommand implements Runnable {
    private final GlobalOptions global;

    @Spec
    CommandSpec spec;

    public TopicsCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "missing command; choose create, reset or acls");
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

    @Command(
            name = "reset",
            header = "Delete all topics of frl with all runs, and the groups with their offsets.",
            description = {
                "For a cluster whose topics and state do not belong together, or of an earlier build.",
                "Stop all services first. Then delete the folders that it names, and create the topics."
            },
            exitCodeList = {
                "0:nothing is left",
                "1:services still run, or the brokers refused",
                "2:not confirmed",
                "75:no broker answers"
            })
    int reset(@Mixin BrokerOption broker, @Option(names = "--yes", description = "Do not ask") boolean yes) {
        CliContext context = global.context();
        Logging.quiet();
        Cluster cluster = broker.running(global);
        var found = cluster.resettable();
        if (found.isEmpty()) {
            context.err().printf(Locale.ROOT, "There is nothing of frl at %s.%n", cluster.bootstrapServers());
            return ExitCode.OK;
        }
        if (!found.busy().isEmpty()) {
            throw CliException.failed(String.format(
                    Locale.ROOT,
                    "services still run at %s: members are in %s; stop them first. A killed one leaves its group after 45 s",
                    cluster.bootstrapServers(),
                    String.join(", ", found.busy())));
        }
        String what = String.format(
                Locale.ROOT,
                "%s and %s at %s, with all runs and their logs",
                HumanFormat.count(found.topics().size(), "topic"),
                HumanFormat.count(found.groups().size(), "group"),
                cluster.bootstrapServers());
        if (!yes && !confirmed(context, what)) {
            throw CliException.usage(
                    String.format(Locale.ROOT, "nothing was deleted; --yes deletes %s without asking", what));
        }
        cluster.resetTopics();
        context.err().printf(Locale.ROOT, "Deleted %s.%n", what);
        context.err().println("On the hosts of the services, delete what belonged to these runs:");
        context.err().println("  streams in the FRL_HOME of each controller;");
        context.err().println("  the folder or bucket FRL_CHECKPOINTS, unless you want to keep weights;");
        context.err().println("  runs in the FRL_HOME of a recorder to files. MLflow keeps its runs.");
        context.err().printf(Locale.ROOT, "Then: frl topics create --bootstrap %s%n", cluster.bootstrapServers());
        return ExitCode.OK;
    }

    /** Only a person at a terminal is asked. */
    private static boolean confirmed(CliContext context, String what) {
        var console = System.console();
        if (console == null || !context.terminal().err()) {
            return false;
        }
        context.err().printf(Locale.ROOT, "Delete %s? Type yes: ", what);
        context.err().flush();
        return "yes".equals(console.readLine());
    }

    @Command(
            name = "acls",
            header = "Print the commands that give each service the rights that it needs.",
            description = "Asks no broker. The rights are described in docs/security.md.")
    int acls(
            @Mixin BrokerOption broker,
            @Option(
                            names = "--principal-prefix",
                            paramLabel = "PREFIX",
                            defaultValue = "User:frl-",
                            description = "What precedes the role in the name of its user. Default: User:frl-")
                    String prefix,
            @Option(
                            names = "--role",
                            paramLabel = "ROLE",
                            description = "Only for this role: controller, trainer, attacker, recorder, cli or admin")
                    @Nullable
                    String only,
            @Option(
                            names = "--command-config",
                            paramLabel = "FILE",
                            description = "Adds this option to each command: settings of the client of kafka-acls.sh")
                    @Nullable
                    String config,
            @Mixin OutputOption output) {
        CliContext context = global.context();
        var connection = Stream.concat(
                        Stream.of(broker.address(context)),
                        config == null ? Stream.of() : Stream.of("--command-config", config))
                .toList();
        var topics = StandardTopics.create();
        var json = new ArrayList<Map<String, Object>>();
        for (Role role : roles(only)) {
            String principal = prefix + role.label();
            var rights = Rights.of(role, topics);
            if (output.json()) {
                rights.forEach(right -> json.add(json(role, principal, right)));
            } else {
                context.out().println("# " + role.label());
                rights.forEach(right -> context.out().println(right.command(connection, principal)));
            }
        }
        if (output.json()) {
            context.out().println(PrettyJson.pretty(json));
        }
        return ExitCode.OK;
    }

    private static List<Role> roles(@Nullable String only) {
        try {
            return only == null ? List.of(Role.values()) : List.of(Role.of(only));
        } catch (IllegalArgumentException e) {
            throw CliException.usage("--role: " + e.getMessage());
        }
    }

    private static Map<String, Object> json(Role role, String principal, Right right) {
        var json = new LinkedHashMap<String, Object>();
        json.put("role", role.label());
        json.put("principal", principal);
        json.put("resourceType", right.type().name());
        json.put("name", right.name());
        json.put("patternType", right.pattern().name());
        json.put("operations", right.sorted().stream().map(Enum::name).toList());
        return json;
    }

    private static void requirePositive(String option, int value) {
        if (value < 1) {
            throw CliException.usage(String.format(Locale.ROOT, "%s is %d; it must be at least 1", option, value));
        }
    }
}
