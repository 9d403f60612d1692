package dev.frl.controller;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.service.StandardTopics;
import dev.frl.service.tracing.Tracing;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RunTracesTest {
    private static final String SENDER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private final Topics topics = StandardTopics.create();
    /** What was exported: names are in it as texts. */
    private final ConcurrentLinkedQueue<String> exported = new ConcurrentLinkedQueue<>();

    @TempDir
    Path state;

    private HttpServer receiver;
    private Tracing tracing;
    private TopologyTestDriver driver;

    @BeforeEach
    void start() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/v1/traces", exchange -> {
            try (exchange) {
                exported.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
                exchange.sendResponseHeaders(200, -1);
            }
        });
        receiver.start();
        tracing = Tracing.open(
                "frl-controller",
                Map.of(
                        "OTEL_EXPORTER_OTLP_ENDPOINT",
                        "http://127.0.0.1:" + receiver.getAddress().getPort()));
        var properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "nowhere:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        driver = new TopologyTestDriver(
                ControllerTopology.build(
                        topics,
                        new SpecReader(new StandardCatalogue()),
                        ControllerService.RETENTION,
                        ControllerMeters.none(topics),
                        tracing),
                properties,
                Instant.EPOCH);
    }

    @AfterEach
    void stop() {
        driver.close();
        tracing.close();
        receiver.stop(0);
    }

    @Test
    void the_requests_of_an_epoch_and_its_update_are_in_the_trace_of_the_epoch() {
        // Given
        var trainer = Answered.trainer("gpu-1");
        send(topics.workers, trainer.key(), trainer, new RecordHeaders());
        driver.createInputTopic(topics.experimentSpecs.name(), new StringSerializer(), new ByteArraySerializer())
                .pipeInput(new TestRecord<>(
                        "small", Answered.SPEC.getBytes(StandardCharsets.UTF_8), headers(SENDER), Instant.EPOCH));
        var run = read(topics.runAssignments).get(0).key();
        var announced = new RecordHeaders();
        try (var span = tracing.begin("announce epoch", run, 0, new RecordHeaders())) {
            Tracing.putCurrent(announced);
        }

        // When
        send(topics.epochTrained, run, Answered.trained(run, 0), announced);
        var shards = read(topics.attackShards);
        for (var shard : shards) {
            ShardTask task = shard.value();
            send(topics.shardAttacked, run, Answered.attacked(task), new RecordHeaders());
        }
        var updates = read(topics.fairnessUpdates);
        tracing.close(); // sends what is left

        // Then
        var trace = traceparent(announced).substring(0, 36);
        assertThat(shards)
                .isNotEmpty()
                .allSatisfy(shard -> assertThat(traceparent(shard.headers()))
                        .startsWith(trace)
                        .doesNotContain(traceparent(announced)));
        assertThat(updates)
                .singleElement()
                .satisfies(update -> assertThat(traceparent(update.headers())).startsWith(trace));
        assertThat(String.join("", exported))
                .contains("request shards", "fairness update", "epoch", "admit experiment", "frl-controller", run);
    }

    private <V> List<TestRecord<String, V>> read(Topic<V> topic) {
        return driver.createOutputTopic(topic.name(), new StringDeserializer(), topic.deserializer())
                .readRecordsToList();
    }

    private <V> void send(Topic<V> topic, String key, V value, Headers headers) {
        driver.createInputTopic(topic.name(), new StringSerializer(), topic.serializer())
                .pipeInput(new TestRecord<>(key, value, headers, Instant.EPOCH));
    }

    private static Headers headers(String traceparent) {
        return new RecordHeaders().add("traceparent", traceparent.getBytes(StandardCharsets.US_ASCII));
    }

    private static String traceparent(Headers headers) {
        return new String(headers.lastHeader("traceparent").value(), StandardCharsets.US_ASCII);
    }
}
