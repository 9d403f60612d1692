package dev.frl.controller;

import dev.frl.messaging.Topic;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;

/** Sets aside, word for word, what cannot be handled, with headers that say where, what and why. */
final class DeadLetterForwarder {
    private DeadLetterForwarder() {}

    static void send(
            ProcessorContext<String, byte[]> context,
            Topic<?> topic,
            Record<String, byte[]> record,
            String why,
            Logger log) {
        var where = context.recordMetadata()
                .map(m -> m.topic() + "-" + m.partition() + "@" + m.offset())
                .orElse(topic.name());
        var headers = new RecordHeaders(record.headers());
        context.recordMetadata().ifPresent(m -> {
            header(headers, dev.frl.messaging.client.DeadLetterProducer.TOPIC, m.topic());
            header(headers, dev.frl.messaging.client.DeadLetterProducer.PARTITION, Integer.toString(m.partition()));
            header(headers, dev.frl.messaging.client.DeadLetterProducer.OFFSET, Long.toString(m.offset()));
        });
        header(headers, dev.frl.messaging.client.DeadLetterProducer.REASON, why);
        header(headers, dev.frl.messaging.client.DeadLetterProducer.BY, ControllerService.APPLICATION_ID);
        log.atWarn()
                .addKeyValue("where", where)
                .addKeyValue("why", why)
                .log("set a message aside, see topic {}", topic.deadLetters());
        context.forward(record.withHeaders(headers), ControllerTopology.sinkOf(topic.deadLetters()));
    }

    private static void header(RecordHeaders headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
