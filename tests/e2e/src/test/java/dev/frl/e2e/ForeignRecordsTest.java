package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.frl.messaging.Topic;
import dev.frl.messaging.client.Clients;
import dev.frl.standalone.Embedded;
import dev.frl.standalone.EmbeddedSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Anybody may write anything to a topic: no service dies of it, now or at a later start. */
class ForeignRecordsTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final SplittableRandom RANDOM = new SplittableRandom(7);

    private static final String SPEC = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: %s}
            spec:
              dataset:
                name: gaussian-mixture
                mixture: {d: 4, eta: 0.04, sigma: 0.02, k: 4}
                split: {train: 40, validation: 20, test: 20}
              model: {arch: linear}
              training: {method: fgsm-at, epochs: 2, batchSize: 20}
              attack: {training: {epsilon: 0.01}}
              fairness: {policy: frl-reweight}
            """;

    @TempDir
    Path home;

    @Test
    void services_skip_what_they_cannot_read_on_every_topic_and_start_again_on_it() throws Exception {
        for (var name : List.of("first", "second")) {
            try (var embedded = Embedded.start(new EmbeddedSettings(home, null, 0, 1, null, null));
                    var producer = Clients.producer(embedded.kafka(), "anybody")) {
                // Given: other topics' messages, and what no program of ours writes
                var topics = embedded.topics();
                for (Topic<?> topic : topics.all()) {
                    for (var record : foreign(topic.name())) {
                        producer.send(record);
                    }
                }
                producer.flush();

                // When
                producer.send(topics.experimentSpecs.record(
                                name, String.format(Locale.ROOT, SPEC, name).getBytes(StandardCharsets.UTF_8)))
                        .get();

                // Then
                var reports = home.resolve("runs");
                await().atMost(LIMIT).untilAsserted(() -> {
                    assertThat(embedded.failure()).isEmpty();
                    assertThat(embedded.unrecorded()).isEmpty();
                    assertThat(reports.toFile().list())
                            .isNotNull()
                            .anySatisfy(folder -> assertThat(folder).startsWith(name));
                    assertThat(statuses(reports, name)).containsExactly("finished");
                    assertThat(embedded.recorded()).isTrue();
                });
            }
        }
    }

    private static List<String> statuses(Path runs, String name) throws Exception {
        var json = new com.fasterxml.jackson.databind.ObjectMapper();
        var states = new ArrayList<String>();
        try (var files = java.nio.file.Files.walk(runs)) {
            for (var file : files.filter(f -> f.endsWith("status.json")).toList()) {
                var status = json.readTree(file.toFile());
                if (status.path("experiment").asText().equals(name)) {
                    states.add(status.path("state").asText());
                }
            }
        }
        return states;
    }

    private static List<ProducerRecord<String, byte[]>> foreign(String topic) {
        var records = new ArrayList<ProducerRecord<String, byte[]>>();
        for (var key : new @Nullable String[] {null, "", "first", "\0", "k".repeat(5000), "ключ"}) {
            for (var value : new byte @Nullable [][] {
                null, {}, {0}, random(100), random(5000), "{\"a\": 1}".getBytes(StandardCharsets.UTF_8), marked()
            }) {
                records.add(new ProducerRecord<>(topic, null, null, key, value, headers()));
            }
        }
        return records;
    }

    /** Avro's mark of a single object (C3 01), and a schema that nobody knows. */
    private static byte[] marked() {
        var bytes = random(40);
        bytes[0] = (byte) 0xC3;
        bytes[1] = 1;
        return bytes;
    }

    private static byte[] random(int length) {
        var bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    private static List<Header> headers() {
        return List.of(
                new RecordHeader("traceparent", random(20)),
                new RecordHeader("frl-schema", null),
                new RecordHeader("", random(3)));
    }
}
