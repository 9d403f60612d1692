package dev.frl.messaging;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.header.Headers;

/**
 * Headers that make a message a CloudEvent: version 1.0, binary mode of the Kafka protocol binding. Readers without CloudEvents ignore
 * them.
 */
public final class CloudEvents {
    /** Type of the events on frl.run-status. */
    public static final String RUN_STATUS = "dev.frl.run.status";

    private static final String SOURCE = "/frl/controller";
    private static final String CONTENT_TYPE = "application/avro";

    private CloudEvents() {}

    /** Headers and their meanings, for docs/topics.md. */
    static Map<String, String> meanings() {
        var meanings = new LinkedHashMap<String, String>();
        meanings.put("ce_specversion", "`1.0`");
        meanings.put(
                "ce_id",
                "UUID of this status, computed from its subject, time and value: a message that was written twice has the same id.");
        meanings.put("ce_source", "`" + SOURCE + "`");
        meanings.put("ce_type", "`" + RUN_STATUS + "`");
        meanings.put("ce_subject", "Run id.");
        meanings.put("ce_time", "Time of the status: ISO 8601 in UTC.");
        meanings.put("content-type", "`" + CONTENT_TYPE + "`; the value is in single-object encoding.");
        return meanings;
    }

    /**
     * Adds the headers to a message.
     *
     * @param subject what the event is about
     * @param value value of the message
     */
    public static void addHeaders(Headers headers, String type, String subject, Instant time, byte[] value) {
        add(headers, "ce_specversion", "1.0");
        add(headers, "ce_id", id(subject, time, value));
        add(headers, "ce_source", SOURCE);
        add(headers, "ce_type", type);
        add(headers, "ce_subject", subject);
        add(headers, "ce_time", time.toString());
        add(headers, "content-type", CONTENT_TYPE);
    }

    private static String id(String subject, Instant time, byte[] value) {
        var begin = (subject + "@" + time + "/").getBytes(StandardCharsets.UTF_8);
        var all = new byte[begin.length + value.length];
        System.arraycopy(begin, 0, all, 0, begin.length);
        System.arraycopy(value, 0, all, begin.length, value.length);
        return UUID.nameUUIDFromBytes(all).toString();
    }

    private static void add(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
