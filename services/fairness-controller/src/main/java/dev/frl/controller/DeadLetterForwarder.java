package dev.frl.controller;

import dev.frl.messaging.Topic;
import dev.frl.messaging.client.DeadLetterProducer;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;

/** Forwards messages that cannot be handled, unchanged, to their dead-letter topics, with headers that give source and reason. */
final class DeadLetterForwarder {
    private DeadLetterForwarder() {}

    static void send(
            ProcessorContext<String, byte[]> context,
            Topic<?> topic,
            Record<String, byte[]> record,
            Throwable why,
            Logger log,
            ControllerMeters meters) {
        var source = context.recordMetadata().orElseThrow();
        var headers = new RecordHeaders(record.headers());
        DeadLetterProducer.addHeaders(
                headers, source.topic(), source.partition(), source.offset(), why, ControllerService.APPLICATION_ID);
        log.atWarn()
                .addKeyValue("topic", source.topic())
                .addKeyValue("partition", source.partition())
                .addKeyValue("offset", source.offset())
                .addKeyValue("reason", why.getMessage())
                .log("message moved to the dead-letter topic {}", topic.deadLetters());
        meters.deadLetter(topic);
        context.forward(record.withHeaders(headers), TopologyNames.sinkOf(topic.deadLetters()));
    }
}
