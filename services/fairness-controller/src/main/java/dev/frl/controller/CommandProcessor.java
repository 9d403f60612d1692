package dev.frl.controller;

import dev.frl.core.command.Answer;
import dev.frl.core.command.Command;
import dev.frl.core.command.Verb;
import dev.frl.core.experiment.ExperimentInput;
import dev.frl.core.run.RunInput;
import dev.frl.messaging.CommandMessage;
import dev.frl.messaging.SpecMessage;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.spec.Admission;
import dev.frl.spec.SpecReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads an order of a user, and hands it to its run or to its experiment, which answers; or refuses it with all its problems. */
final class CommandProcessor implements Processor<String, byte[], String, byte[]> {
    /** Its name in the topology. */
    static final String NAME = "commands";

    private static final Logger log = LoggerFactory.getLogger(CommandProcessor.class);
    /** An experiment id is the name and a hash. */
    private static final Pattern ID = Pattern.compile("(.+)-[0-9a-f]{8}");

    private final Topics topics;
    private final SpecReader specs;
    private @Nullable ProcessorContext<String, byte[]> context;

    CommandProcessor(Topics topics, SpecReader specs) {
        this.topics = topics;
        this.specs = specs;
    }

    @Override
    public void init(ProcessorContext<String, byte[]> processorContext) {
        context = processorContext;
    }

    @Override
    public void process(Record<String, byte[]> record) {
        var where = context().recordMetadata().orElseThrow();
        var id = where.topic() + "-" + where.partition() + "@" + where.offset();
        try {
            carryOut(CommandMessage.read(record.value()), id);
        } catch (UnreadableMessage e) {
            refuse(id, record, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            log.atError().addKeyValue("command", id).setCause(e).log("reading a command failed");
            refuse(id, record, "reading it failed in the controller, which is an error of ours: " + e);
        }
        context().commit(); // a user waits for the answer
    }

    private void carryOut(CommandMessage message, String id) {
        var why = message.reason() == null ? "" : ": " + message.reason();
        if (message.spec() != null) {
            extend(message, message.spec(), id);
        } else if (message.run() != null) {
            var command = new Command(id, message.verb(), message.run(), message.which(), message.reason());
            var order = new RunInput.Order(
                    message.run(),
                    message.verb(),
                    "a user asked to " + message.verb().label() + " it" + why,
                    command);
            send(topics.runSignals, message.run(), order);
        } else {
            var target = Objects.requireNonNull(message.experiment());
            var command = new Command(id, message.verb(), target, message.which(), message.reason());
            var matcher = ID.matcher(target);
            // What looks like an id may be a name; the experiments of the shorter name pass it on then.
            var name = matcher.matches() ? matcher.group(1) : target;
            send(topics.experimentSignals, name, new ExperimentInput.Ordered(name, command));
        }
    }

    private void extend(CommandMessage message, SpecMessage spec, String id) {
        var admission = spec instanceof SpecMessage.AvroSpec avro
                ? specs.read(avro.tree())
                : specs.read(((SpecMessage.TextSpec) spec).text().getBytes(StandardCharsets.UTF_8));
        if (admission instanceof Admission.Admitted admitted) {
            var plan = admitted.plan();
            var target = message.experiment() == null ? plan.name() : message.experiment();
            if (!target.equals(plan.name()) && !target.startsWith(plan.name() + "-")) {
                answer(new Answer(
                        id,
                        Verb.EXTEND,
                        target,
                        false,
                        String.format(
                                Locale.ROOT,
                                "experiment is %s, but the spec's metadata.name is %s; they must agree",
                                target,
                                plan.name()),
                        List.of()));
                return;
            }
            var command = new Command(id, Verb.EXTEND, target, message.which(), message.reason());
            plan.submission(command).forEach(input -> send(topics.experimentSignals, input.experiment(), input));
        } else {
            answer(new Answer(
                    id,
                    Verb.EXTEND,
                    message.experiment() == null ? "" : message.experiment(),
                    false,
                    "the spec is rejected:\n" + admission,
                    List.of()));
        }
    }

    private void refuse(String id, Record<String, byte[]> record, String problems) {
        log.atWarn()
                .addKeyValue("command", id)
                .addKeyValue("problems", problems)
                .log("command refused");
        answer(new Answer(id, null, record.key() == null ? "" : record.key(), false, problems, List.of()));
    }

    private void answer(Answer answer) {
        send(topics.commandAnswers, answer.target(), answer);
    }

    private <V> void send(Topic<V> topic, String key, V value) {
        var record = new Record<>(key, topic.codec().encode(value), context().currentSystemTimeMs());
        context().forward(record, TopologyNames.sinkOf(topic.name(), NAME));
    }

    private ProcessorContext<String, byte[]> context() {
        if (context == null) {
            throw new IllegalStateException("not initialised");
        }
        return context;
    }
}
