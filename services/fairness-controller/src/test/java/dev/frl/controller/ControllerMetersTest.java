package dev.frl.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.core.run.RunInput.WorkProgressed;
import dev.frl.core.run.Work;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.service.StandardTopics;
import dev.frl.service.metrics.ServiceMeter;
import dev.frl.service.tracing.Tracing;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControllerMetersTest {
    private final Topics topics = StandardTopics.create();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @TempDir
    Path state;

    private TopologyTestDriver driver;

    @BeforeEach
    void start() {
        var properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "nowhere:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        var meters = new ControllerMeters(registry, topics);
        driver = new TopologyTestDriver(
                ControllerTopology.build(
                        topics,
                        new SpecReader(new StandardCatalogue()),
                        ControllerService.RETENTION,
                        meters,
                        Tracing.off()),
                properties,
                Instant.EPOCH);
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void every_meter_of_the_controller_is_there_from_the_start_with_the_labels_of_the_catalogue() {
        // Given
        var documented = Stream.of(ServiceMeter.values())
                .filter(meter -> meter.services().contains("controller") && meter != ServiceMeter.RESIDENT_MEMORY)
                .toList();

        // When
        var ids = registry.getMeters().stream().map(Meter::getId).toList();

        // Then
        assertThat(ids)
                .extracting(Meter.Id::getName)
                .containsOnly(documented.stream().map(ServiceMeter::key).toArray(String[]::new));
        assertThat(documented)
                .allSatisfy(meter -> assertThat(
                                ids.stream().filter(id -> id.getName().equals(meter.key())))
                        .allSatisfy(id -> assertThat(id.getTags())
                                .extracting(tag -> tag.getKey())
                                .isEqualTo(meter.labels())));
    }

    @Test
    void runs_wait_while_no_trainer_is_in_sight() {
        // When
        publish();
        tick();

        // Then
        assertThat(gauge("frl.waiting.runs")).isEqualTo(1);
        assertThat(gauge("frl.trainers.in.sight")).isZero();
        assertThat(phase("queued")).isEqualTo(1);
        assertThat(phase("waiting_for_warm_start")).isEqualTo(1);
    }

    @Test
    void the_shards_of_an_evaluation_are_outstanding_until_they_are_counted() {
        // Given
        var shards = evaluation();
        tick();
        double before = gauge("frl.outstanding.shards");
        double evaluating = phase("evaluating");

        // When
        attack(shards.get(0));
        tick();
        double after = gauge("frl.outstanding.shards");
        attack(shards.get(1));
        tick();

        // Then
        assertThat(before).isEqualTo(2);
        assertThat(evaluating).isEqualTo(1);
        assertThat(after).isEqualTo(1);
        assertThat(gauge("frl.outstanding.shards")).isZero();
        assertThat(registry.get("frl.epoch.decision").timer().count()).isEqualTo(1);
        assertThat(registry.get("frl.decision").timer().count()).isGreaterThan(1);
    }

    @Test
    void shards_that_are_requested_again_and_runs_that_fail_are_counted() {
        // Given
        var requested = evaluation();

        double gaps = gauge("frl.ledger.gaps");

        // When an attacker takes each shard and is never heard of again
        for (int i = 0; i < 3 * 120 + 3; i++) { // three times ten minutes, and some ticks
            requested.forEach(this::take);
            tick();
            gaps = Math.max(gaps, gauge("frl.ledger.gaps"));
            requested = requested();
        }

        // Then
        assertThat(counter("frl.shards.requested.again")).isEqualTo(4);
        assertThat(gaps).isEqualTo(2);
        assertThat(gauge("frl.ledger.gaps")).isZero();
        assertThat(registry.get("frl.ended.runs")
                        .tag("outcome", "failed")
                        .counter()
                        .count())
                .isEqualTo(2);
    }

    @Test
    void a_dead_letter_is_counted_for_its_topic() {
        // When
        driver.createInputTopic(topics.shardAttacked.name(), new StringSerializer(), new ByteArraySerializer())
                .pipeInput("some-run", new byte[] {1});

        // Then
        assertThat(registry.get("frl.dead.letters")
                        .tag("topic", "frl.shard-attacked")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void partitions_that_another_instance_has_taken_count_no_more() {
        // Given
        evaluation();
        tick();

        // When
        driver.close();
        start(); // whose meters this registry does not take: names are taken

        // Then
        assertThat(gauge("frl.outstanding.shards")).isZero();
        assertThat(gauge("frl.trainers.in.sight")).isZero();
    }

    /** The tasks of the first evaluation. */
    private List<ShardTask> evaluation() {
        var trainer = Answered.trainer("gpu-1");
        send(topics.workers, trainer.key(), trainer);
        publish();
        driver.createOutputTopic(
                        topics.runAssignments.name(), new StringDeserializer(), topics.runAssignments.deserializer())
                .readValuesToList()
                .forEach(
                        assigned -> send(topics.epochTrained, assigned.runId(), Answered.trained(assigned.runId(), 0)));
        return requested();
    }

    /** The tasks that were requested since the last call. */
    private List<ShardTask> requested() {
        return driver.createOutputTopic(
                        topics.attackShards.name(), new StringDeserializer(), topics.attackShards.deserializer())
                .readValuesToList();
    }

    private void take(ShardTask shard) {
        var work = new Work.Shard(shard.part(), shard.epoch(), shard.shard());
        send(
                topics.workProgress,
                shard.runId(),
                new WorkProgressed(shard.runId(), work, shard.attempt(), 0.1, Double.NaN, "host", Instant.EPOCH));
    }

    private void publish() {
        driver.createInputTopic(topics.experimentSpecs.name(), new StringSerializer(), new ByteArraySerializer())
                .pipeInput("small", Answered.SPEC.getBytes(StandardCharsets.UTF_8));
    }

    private void attack(ShardTask shard) {
        send(topics.shardAttacked, shard.runId(), Answered.attacked(shard));
    }

    private <V> void send(Topic<V> topic, String key, V value) {
        driver.createInputTopic(topic.name(), new StringSerializer(), topic.serializer())
                .pipeInput(key, value);
    }

    private void tick() {
        driver.advanceWallClockTime(Duration.ofSeconds(5));
    }

    private double gauge(String name) {
        return registry.get(name).gauge().value();
    }

    private double counter(String name) {
        return registry.get(name).counter().count();
    }

    private double phase(String phase) {
        return registry.get("frl.open.runs").tag("phase", phase).gauge().value();
    }
}
