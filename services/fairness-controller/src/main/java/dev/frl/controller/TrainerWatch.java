package dev.frl.controller;

import dev.frl.core.turn.TurnInput;
import dev.frl.messaging.Topics;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.messaging.message.WorkerStatus.State;
import java.util.Locale;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells {@link TurnProcessor} of trainers. It remembers nothing: what workers announce comes in partitions, and turns have one. */
final class TrainerWatch implements Processor<String, byte[], String, byte[]> {
    /** Its name in the topology. */
    static final String NAME = "trainers";

    private static final Logger log = LoggerFactory.getLogger(TrainerWatch.class);
    private static final String ROLE = "trainer";

    private final Topics topics;
    private final String sink;
    private @Nullable ProcessorContext<String, byte[]> context;
    private long skipped;

    TrainerWatch(Topics topics) {
        this.topics = topics;
        this.sink = TopologyNames.sinkOf(topics.turnSignals.name(), NAME);
    }

    @Override
    public void init(ProcessorContext<String, byte[]> processorContext) {
        context = processorContext;
    }

    /** What cannot be read is skipped: the worker says the same again within 30 s, and nobody could use a dead letter of it. */
    @Override
    public void process(Record<String, byte[]> record) {
        try {
            tell(record);
        } catch (RuntimeException e) {
            skipped++;
            var told = skipped == 1 ? log.atWarn() : log.atDebug(); // it may come every few seconds
            told.addKeyValue("worker", record.key())
                    .addKeyValue("skipped", skipped)
                    .addKeyValue("reason", e.getMessage())
                    .log("a worker's announcement cannot be read and is skipped");
        }
    }

    private void tell(Record<String, byte[]> record) {
        var key = record.key();
        if (key == null) {
            throw new UnreadableMessage("it has no key");
        }
        if (!key.startsWith(ROLE + "/")) {
            return;
        }
        if (record.value() == null) {
            send(key, new TurnInput.TrainerGone(key));
            return;
        }
        var status = topics.workers.codec().decode(record.value());
        if (!status.key().equals(key)) {
            throw new UnreadableMessage(
                    String.format(Locale.ROOT, "its key is %s, but it is of %s", key, status.key()));
        }
        send(key, new TurnInput.TrainerSeen(key, counts(status), status.at()));
    }

    /** Whether it takes runs, or has one: a drained trainer still finishes its own. */
    private static boolean counts(WorkerStatus status) {
        return status.state() == State.IDLE || status.state() == State.WORKING || status.held() != null;
    }

    private void send(String key, TurnInput input) {
        if (context == null) {
            throw new IllegalStateException("not initialised");
        }
        context.forward(
                new Record<>(key, topics.turnSignals.codec().encode(input), context.currentSystemTimeMs()), sink);
    }
}
