package dev.frl.messaging;

import dev.frl.messaging.client.DeadLetterProducer;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.codec.AvroCodec;
import dev.frl.messaging.codec.JsonCodec;
import dev.frl.messaging.mapping.RejectionJson;
import dev.frl.schemas.ExperimentSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.avro.Schema;

/** Writes docs/topics.md from the topics and the doc comments of their schemas. */
final class TopicDocs {
    /** Type and meaning of the fields of an answer. */
    private static final Map<String, String> OF_ANSWERS = Map.of(
            "command", "string | Position of the command, such as `frl.commands-2@17`.",
            "verb", "string or null | What was asked; null if the command could not be read.",
            "target", "string | Target of the command; its key if it could not be read.",
            "outcome", "string | `done` or `refused`.",
            "text", "string | What happens now, or why the command was refused, with all problems.",
            "changed", "array of strings | Ids of the runs that were told; empty if nothing changed. At most 1000.");

    /** Type and meaning of the fields of a rejection. */
    private static final Map<String, String> MEANINGS = Map.of(
            "experiment",
                    "string or null | Key of the spec, by convention the name of the experiment; null if it had none.",
            "topic", "string | Topic of the spec.",
            "partition", "number | Partition of the spec, from 0.",
            "offset", "number | Offset of the spec in its partition, from 0.",
            "rejectedAt", "string | When it was refused: ISO 8601 in UTC, such as `2026-11-22T15:30:00.123Z`.",
            "problems",
                    "array of objects | All problems at once, in the order of the document; at least one, at most 201.",
            "problems[].line", "number or null | Line of the document, from 1; null where there are no lines.",
            "problems[].path",
                    "string | The setting, such as spec.fairness.tolerance.standard; empty for the document as a whole.",
            "problems[].message", "string | What is wrong with it and what it must be, to be read after the path.");

    private static final String PYTHON = """
            import json
            from confluent_kafka import Consumer

            consumer = Consumer({"bootstrap.servers": "localhost:9092", "group.id": "me", "auto.offset.reset": "earliest"})
            consumer.subscribe(["frl.spec-rejections"])
            while True:
                message = consumer.poll(1.0)
                if message is not None and message.error() is None:
                    for problem in json.loads(message.value())["problems"]:
                        print(problem["line"], problem["path"], problem["message"])
            """;

    private final StringBuilder page = new StringBuilder();

    private TopicDocs() {}

    static String of(Topics topics) {
        var docs = new TopicDocs();
        docs.head(topics);
        docs.retention();
        docs.groups();
        docs.deadLetters(topics);
        docs.changelogs(topics);
        docs.headers();
        docs.messages(topics);
        docs.parts(topics);
        return docs.page.toString();
    }

    private void head(Topics topics) {
        line("# Topics");
        line("");
        line("Generated from `Topics.java` and the schemas; a test fails when this page is out of date, and "
                + "`mvn -pl libs/messaging -am test -Dtest=TopicDocsTest -Dsurefire.failIfNoSpecifiedTests=false "
                + "-Dfrl.docs.write=true` writes it.");
        line("");
        line("Values are Avro records in [single-object encoding]"
                + "(https://avro.apache.org/docs/1.12.0/specification/#single-object-encoding); all released "
                + "schemas are in `schemas/src/main/resources/released`. Four topics differ: frl.experiment-specs "
                + "holds JSON or YAML too, frl.commands JSON, and frl.spec-rejections and frl.command-answers hold JSON, since all who "
                + "publish a spec or a command as JSON must be able to read what came of it. Keys are UTF-8 text. All topics need the "
                + "same number of partitions (default " + Topics.PARTITIONS + "), but "
                + topics.all().stream()
                        .filter(topic -> !topics.joined().contains(topic))
                        .map(topic -> topic.name() + " has " + topic.partitions())
                        .collect(Collectors.joining(", "))
                + " and dead-letter topics have 1.");
        line("");
        line("| topic | key | content | retention | longest message |");
        line("|---|---|---|---|---|");
        for (var topic : topics.all()) {
            line(String.format(
                    Locale.ROOT,
                    "| [%s](#%s) | %s | %s | %s | %s |",
                    topic.name(),
                    topic.name().replace(".", ""),
                    topic.key(),
                    topic.says(),
                    kept(topic.config()),
                    size(topic.maxBytes())));
        }
        line("");
    }

    private void headers() {
        line("## CloudEvents and traces");
        line("");
        line(
                "Messages of frl.run-status are [CloudEvents](https://cloudevents.io) 1.0 in the binary mode of the Kafka protocol binding. "
                        + "Their headers are UTF-8 text:");
        line("");
        line("| header | value |");
        line("|---|---|");
        CloudEvents.meanings().forEach((header, meaning) -> line("| " + header + " | " + meaning + " |"));
        line("");
        line(
                "When tracing is on ([operations](operations.md#traces)), the messages of an epoch have a header `traceparent` of "
                        + "[W3C Trace Context](https://www.w3.org/TR/trace-context/): frl.epoch-trained, frl.attack-shards, frl.shard-attacked and "
                        + "frl.fairness-updates. A `traceparent` of a spec on frl.experiment-specs is linked.");
        line("");
    }

    private void retention() {
        line("## Retention");
        line("");
        line("- Work topics are kept for 35 days, longer than the longest deadline of a spec, 30 days.");
        line(
                "- `frl list` and `frl status` read frl.run-status and frl.spec-rejections from their beginning. The segments of "
                        + "frl.run-status are small, so that Kafka compacts it soon; rejections are few.");
        line("- `frl status RUN`, `frl report` and progress read frl.run-log from the plan of their runs on.");
        line(
                "- A recorder reads frl.run-log and frl.experiment-log from the beginning of the oldest experiment that is open, or has ended within an hour. "
                        + "This is the offset that its group has committed, so the lag of the group counts these events too; the offset up to "
                        + "which everything is recorded is in the metadata, as `recorded=`.");
        line(
                "- If the beginning of frl.run-log was deleted, its readers leave out the runs whose plan is gone, and say so; their "
                        + "status stays. So its retention should be unlimited.");
        line("");
    }

    private static String kept(Map<String, String> config) {
        var latest = "latest message of each key";
        return switch (config.getOrDefault("cleanup.policy", "delete")) {
            case "compact" -> latest;
            case "compact,delete" -> latest + ", " + retention(config);
            default -> retention(config);
        };
    }

    private static String retention(Map<String, String> config) {
        long hours = Long.parseLong(config.getOrDefault("retention.ms", "-1")) / 3_600_000;
        if (hours <= 0) {
            return "forever";
        }
        return hours % 24 == 0 ? count(hours / 24, "day") : count(hours, "hour");
    }

    private static String count(long n, String unit) {
        return n == 1 ? "1 " + unit : n + " " + unit + "s";
    }

    private static String size(int bytes) {
        return bytes % (1 << 20) == 0 ? (bytes >> 20) + " MiB" : (bytes >> 10) + " KiB";
    }

    private void groups() {
        line("## Share groups");
        line("");
        line(String.format(
                        Locale.ROOT,
                        "`%s` reads frl.run-assignments, `%s` reads frl.attack-shards. Each record goes to one member, which holds it ",
                        Topics.TRAINERS,
                        Topics.ATTACKERS)
                + "under a lease and renews the lease while it works. Settings of the groups: "
                + "`share.auto.offset.reset=earliest`, `share.isolation.level=read_committed`, "
                + "`share.delivery.count.limit=10` (from Kafka 4.3), `share.record.lock.duration.ms="
                + TopicAdmin.Layout.LEASE.toMillis() + "`.");
        line("");
    }

    private void deadLetters(Topics topics) {
        line("## Dead-letter records");
        line("");
        line("A message that cannot be handled goes to the topic `" + Topic.DEAD_LETTERS
                + "` + name, unchanged, with its key and headers. These headers are added, all UTF-8 text:");
        line("");
        line("| header | meaning |");
        line("|---|---|");
        line(String.format(Locale.ROOT, "| %s | topic of the message |", DeadLetterProducer.TOPIC));
        line(String.format(Locale.ROOT, "| %s | partition of the message |", DeadLetterProducer.PARTITION));
        line(String.format(Locale.ROOT, "| %s | offset of the message |", DeadLetterProducer.OFFSET));
        line(String.format(Locale.ROOT, "| %s | why the message could not be handled |", DeadLetterProducer.REASON));
        line(String.format(Locale.ROOT, "| %s | Java class of the error |", DeadLetterProducer.ERROR));
        line(String.format(Locale.ROOT, "| %s | service that could not handle the message |", DeadLetterProducer.BY));
        line("");
        line("Dead-letter topics: "
                + topics.deadLetters().stream().map(t -> "`" + t.name() + "`").collect(Collectors.joining(", ")) + ".");
        line("");
    }

    private void changelogs(Topics topics) {
        line("## Changelogs");
        line("");
        line(
                "Kafka Streams restores the controller's stores from these topics. They belong to the logs of runs and experiments: "
                        + "who deletes one deletes all, with `frl topics reset`.");
        line("");
        line("| topic | partitions | content |");
        line("|---|---|---|");
        topics.changelogs()
                .forEach(topic -> line("| " + topic.name() + " | "
                        + (topics.joined().contains(topic) ? "as the others" : topic.partitions()) + " | "
                        + topic.says()
                        + " |"));
        line("");
    }

    private void messages(Topics topics) {
        for (var topic : topics.all()) {
            line("## " + topic.name());
            line("");
            if (topic.codec() instanceof JsonCodec<?, ?> json) {
                if (topic == topics.specRejections) {
                    rejections(json.type());
                } else {
                    answers(json.type());
                }
            } else if (topic == topics.commands) {
                record(dev.frl.schemas.Command.getClassSchema());
                line(
                        "The same as JSON has the same fields, with verb and which in lower case, and may leave out what has a default. spec "
                                + "is an object, or a text that holds a YAML or JSON document.");
                line("");
            } else {
                record(schema(topic));
            }
        }
    }

    private void answers(Class<?> type) {
        line("A JSON object in UTF-8. Readers ignore fields that they do not know.");
        line("");
        line("| field | type | meaning |");
        line("|---|---|---|");
        fields(type, "", OF_ANSWERS);
        line("");
    }

    private void rejections(Class<?> type) {
        line(
                "A JSON object in UTF-8: a spec was refused and nothing was run. Readers ignore fields that they do not know. Names and paths are cut at 249 characters, messages at 550.");
        line("");
        line("| field | type | meaning |");
        line("|---|---|---|");
        fields(type, "", MEANINGS);
        line("");
        line(
                "`frl list` shows the rejections of the last 35 days, `frl status NAME` one with all its problems. Without "
                        + "frl, any consumer shows them:");
        line("");
        line("    kcat -C -b localhost:9092 -t frl.spec-rejections -e -q");
        line(
                "    kcat -C -b localhost:9092 -t frl.spec-rejections -e -q | jq 'select(.experiment == \"my\") | .problems'");
        line("");
        line("In Python, with the client of examples/publish.py:");
        line("");
        for (var code : PYTHON.split("\n")) {
            line(("    " + code).stripTrailing());
        }
        line("");
    }

    /** A line for each component of a record, by its meaning. */
    private void fields(Class<?> type, String prefix, Map<String, String> meanings) {
        for (var component : type.getRecordComponents()) {
            var name = prefix + component.getName();
            var said = meanings.get(name);
            if (said == null) {
                throw new IllegalStateException("TopicDocs says nothing about the field " + name + " of " + type);
            }
            line(String.format(Locale.ROOT, "| %s | %s |", name, said));
            if (name.equals("problems")) {
                fields(RejectionJson.FaultJson.class, "problems[].", meanings);
            }
        }
    }

    private void parts(Topics topics) {
        line("# Parts of messages");
        line("");
        var roots = topics.all().stream()
                .filter(topic -> !(topic.codec() instanceof JsonCodec<?, ?>))
                .map(TopicDocs::schema)
                .toList();
        var parts = new LinkedHashMap<String, Schema>();
        roots.forEach(root -> collect(root, parts));
        roots.forEach(root -> parts.remove(root.getFullName()));
        for (var part : parts.values()) {
            line("## " + name(part));
            line("");
            record(part);
        }
    }

    private void record(Schema schema) {
        line("`" + schema.getFullName() + "`: " + text(schema.getDoc()));
        line("");
        if (schema.getType() == Schema.Type.ENUM) {
            line(schema.getEnumSymbols().stream().map(s -> "`" + s + "`").collect(Collectors.joining(", ")));
            line("");
            return;
        }
        if (schema.getFields().isEmpty()) {
            return;
        }
        line("| field | type | meaning |");
        line("|---|---|---|");
        for (var field : schema.getFields()) {
            line(String.format(Locale.ROOT, "| %s | %s | %s |", field.name(), type(field.schema()), text(field.doc())));
        }
        line("");
    }

    private static void collect(Schema schema, Map<String, Schema> into) {
        switch (schema.getType()) {
            case RECORD -> {
                if (into.putIfAbsent(schema.getFullName(), schema) == null) {
                    schema.getFields().forEach(f -> collect(f.schema(), into));
                }
            }
            case ENUM -> into.put(schema.getFullName(), schema);
            case UNION -> schema.getTypes().forEach(t -> collect(t, into));
            case ARRAY -> collect(schema.getElementType(), into);
            case MAP -> collect(schema.getValueType(), into);
            default -> {}
        }
    }

    private static String type(Schema schema) {
        return switch (schema.getType()) {
            case UNION -> schema.getTypes().stream().map(TopicDocs::type).collect(Collectors.joining(" or "));
            case ARRAY -> "array of " + type(schema.getElementType());
            case MAP -> "map to " + type(schema.getValueType());
            case RECORD, ENUM ->
                String.format(
                        Locale.ROOT,
                        "[%s](#%s)",
                        name(schema),
                        name(schema).toLowerCase(java.util.Locale.ROOT).replace(".", ""));
            default ->
                schema.getLogicalType() == null
                        ? schema.getType().getName()
                        : schema.getLogicalType().getName();
        };
    }

    /** The name without the package. Events keep a part of theirs, since one has the name of a message. */
    private static String name(Schema schema) {
        return schema.getFullName().replaceFirst("^dev\\.frl\\.schemas\\.", "");
    }

    private static Schema schema(Topic<?> topic) {
        return topic.codec() instanceof AvroCodec<?, ?> avro ? avro.schema() : ExperimentSpec.getClassSchema();
    }

    private static String text(String doc) {
        return List.of(doc.split("\\s+")).stream()
                .collect(Collectors.joining(" "))
                .replace("|", "\\|");
    }

    private void line(String text) {
        page.append(text).append('\n');
    }
}
