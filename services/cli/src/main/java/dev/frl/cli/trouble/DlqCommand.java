package dev.frl.cli.trouble;

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
import dev.frl.messaging.client.DeadLetter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "dlq",
        header = "Show messages that could not be handled, and publish them again.",
        synopsisSubcommandLabel = "COMMAND")
public final class DlqCommand implements Runnable {
    private static final String ID = "Dead-letter record as `frl dlq list` shows it.";

    private final GlobalOptions global;

    @Spec
    CommandSpec spec;

    public DlqCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "missing command; choose list, show or requeue");
    }

    @Command(
            name = "list",
            header = "List the dead-letter records of all topics.",
            description =
                    "A service moves a message there that it cannot read or handle, and goes on. Kafka keeps them for 35 days.",
            exitCodeList = {"0:done", "75:no broker answers"})
    int list(@Mixin BrokerOption broker, @Mixin OutputOption output) {
        Logging.quiet();
        CliContext context = global.context();
        return broker.read(global, cluster -> {
            var letters = cluster.deadLetters();
            if (output.json()) {
                context.out()
                        .println(PrettyJson.pretty(
                                letters.stream().map(DlqCommand::json).toList()));
            } else if (letters.isEmpty()) {
                context.err().println("There are no dead-letter records.");
            } else {
                table(letters).print(context, false);
            }
            return ExitCode.OK;
        });
    }

    private Table table(List<DeadLetter> letters) {
        var now = global.context().clock().instant();
        var table = new Table()
                .left("RECORD", "record")
                .left("WHEN", "at")
                .optional("KEY", "key")
                .optional("BY", "by")
                .left("REASON", "reason");
        letters.forEach(letter -> table.row(
                Cell.of(letter.id()),
                Cell.of(HumanFormat.when(letter.at(), now)),
                Cell.of(letter.key().orElse("-")),
                Cell.of(letter.by().orElse("-")),
                Cell.of(letter.reason())));
        return table;
    }

    @Command(
            name = "show",
            header = "Show a dead-letter record: where it was, why it could not be handled, and what it says.",
            description = "The value is decoded if it can be; otherwise its first bytes are shown.",
            exitCodeList = {"0:done", "1:there is no such record", "75:no broker answers"})
    int show(
            @Parameters(paramLabel = "RECORD", description = ID) String record,
            @Mixin BrokerOption broker,
            @Mixin OutputOption output) {
        Logging.quiet();
        CliContext context = global.context();
        return broker.read(global, cluster -> {
            var letter = find(cluster, record);
            if (output.json()) {
                context.out().println(PrettyJson.pretty(json(letter)));
            } else {
                print(letter, cluster.requeued(letter).orElse("no"));
            }
            return ExitCode.OK;
        });
    }

    private void print(DeadLetter letter, String requeued) {
        CliContext context = global.context();
        var out = context.out();
        out.println(letter.id());
        out.printf(Locale.ROOT, "  message   %s%n", source(letter));
        out.printf(
                Locale.ROOT,
                "  when      %s%n",
                HumanFormat.when(letter.at(), context.clock().instant()));
        out.printf(Locale.ROOT, "  by        %s%n", HumanFormat.line(letter.by().orElse("unknown")));
        out.printf(Locale.ROOT, "  reason    %s%n", HumanFormat.line(letter.reason()));
        out.printf(
                Locale.ROOT, "  error     %s%n", HumanFormat.line(letter.error().orElse("unknown")));
        out.printf(
                Locale.ROOT, "  key       %s%n", HumanFormat.line(letter.key().orElse("none")));
        out.printf(Locale.ROOT, "  requeued  %s%n", requeued);
        var size = letter.size();
        if (size.isEmpty()) {
            out.println("  value     none");
            return;
        }
        var decoded = letter.decoded();
        out.printf(
                Locale.ROOT,
                "  value     %s, %s%n",
                HumanFormat.count(size.get(), "byte"),
                decoded.isPresent() ? "decoded:" : "cannot be decoded:");
        decoded.ifPresentOrElse(
                text -> out.printf(Locale.ROOT, "    %s%n", HumanFormat.line(text)),
                () -> letter.bytes().forEach(line -> out.printf(Locale.ROOT, "    %s%n", line)));
    }

    @Command(
            name = "requeue",
            header = "Publish the messages of dead-letter records again, once the cause is mended.",
            description = {
                "Key, bytes and headers are those of the message, and it goes to the topic that it came from. The dead-letter record stays"
                        + " where it is.",
                "A record that was published again is refused, and so is one that no service of frl wrote. Without --yes, only what would be"
                        + " done is shown."
            },
            exitCodeList = {
                "0:published, or shown what would be",
                "1:there is no such record, or one is refused; nothing was published",
                "75:no broker answers"
            })
    int requeue(
            @Parameters(paramLabel = "RECORD", arity = "1..*", description = ID) List<String> records,
            @Option(names = "--yes", description = "Publish them.") boolean yes,
            @Mixin BrokerOption broker) {
        Logging.quiet();
        CliContext context = global.context();
        var cluster = broker.running(global);
        var letters = new ArrayList<DeadLetter>();
        var known = cluster.deadLetters();
        records.stream().distinct().forEach(record -> letters.add(find(known, record)));
        letters.forEach(letter -> refuse(cluster, letter));
        for (var letter : letters) {
            if (yes) {
                context.err()
                        .printf(Locale.ROOT, "%s is published again as %s, once.%n", letter, cluster.requeue(letter));
            } else {
                context.err()
                        .printf(
                                Locale.ROOT,
                                "%s would be published to %s again, once: key %s, %s.%n",
                                letter,
                                letter.topic(),
                                HumanFormat.line(letter.key().orElse("none")),
                                letter.size()
                                        .map(size -> HumanFormat.count(size, "byte"))
                                        .orElse("no value"));
            }
        }
        if (!yes) {
            context.err().println("Nothing was published. To do it: the same command with --yes");
        }
        return ExitCode.OK;
    }

    private static void refuse(Cluster cluster, DeadLetter letter) {
        letter.foreign().ifPresent(why -> {
            throw CliException.failed(
                    String.format(Locale.ROOT, "%s is not published again: %s; nothing was published", letter, why));
        });
        cluster.requeued(letter).ifPresent(where -> {
            throw CliException.failed(String.format(
                    Locale.ROOT, "%s was published again before, as %s; nothing was published", letter, where));
        });
    }

    private static DeadLetter find(Cluster cluster, String record) {
        return find(cluster.deadLetters(), record);
    }

    private static DeadLetter find(List<DeadLetter> letters, String record) {
        return letters.stream()
                .filter(letter -> letter.id().equals(record))
                .findFirst()
                .orElseThrow(() -> CliException.failed(String.format(
                        Locale.ROOT,
                        "there is no dead-letter record %s; `frl dlq list` shows all",
                        HumanFormat.line(record))));
    }

    private static String source(DeadLetter letter) {
        return letter.partition().isPresent() && letter.offset().isPresent()
                ? String.format(
                        Locale.ROOT,
                        "%s-%d@%d",
                        letter.topic(),
                        letter.partition().get(),
                        letter.offset().get())
                : letter.topic();
    }

    private static Map<String, @Nullable Object> json(DeadLetter letter) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("record", letter.id());
        json.put("topic", letter.topic());
        json.put("partition", letter.partition().orElse(null));
        json.put("offset", letter.offset().orElse(null));
        json.put("at", letter.at().toString());
        json.put("key", letter.key().orElse(null));
        json.put("reason", letter.reason());
        json.put("error", letter.error().orElse(null));
        json.put("by", letter.by().orElse(null));
        json.put("size", letter.size().orElse(null));
        json.put("decoded", letter.decoded().orElse(null));
        json.put("bytes", letter.decoded().isPresent() ? null : letter.bytes());
        return json;
    }
}
