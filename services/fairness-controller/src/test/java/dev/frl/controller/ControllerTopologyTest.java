package dev.frl.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.access.Right;
import dev.frl.messaging.access.Rights;
import dev.frl.messaging.access.Role;
import dev.frl.messaging.client.DeadLetterProducer;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.service.StandardTopics;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControllerTopologyTest {
    private static final String SPEC = Answered.SPEC;

    private final Topics topics = StandardTopics.create();

    @TempDir
    Path state;

    private TopologyTestDriver driver;

    @BeforeEach
    void start() {
        var properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "nowhere:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        driver = new TopologyTestDriver(
                ControllerTopology.build(topics, new SpecReader(new StandardCatalogue()), ControllerService.RETENTION),
                properties,
                Instant.EPOCH);
        for (var host : List.of("gpu-1", "gpu-2", "gpu-3")) {
            var trainer = Answered.trainer(host);
            send(topics.workers, trainer.key(), trainer);
        }
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    /** Its names are names in Kafka: a store that is renamed loses its changelog, so every change of this file is reviewed. */
    @Test
    void sources_processors_stores_and_sinks_are_those_of_the_golden_file() throws IOException {
        // Given
        var golden = Path.of("src", "test", "resources", "golden", "topology.txt");

        // When
        var described = ControllerTopology.build(
                        topics, new SpecReader(new StandardCatalogue()), ControllerService.RETENTION)
                .describe()
                .toString();
        if (Boolean.getBoolean("frl.docs.write")) {
            Files.createDirectories(golden.getParent());
            Files.writeString(golden, described);
        }

        // Then
        assertThat(described)
                .as("the topology; -Dfrl.docs.write=true writes the golden file")
                .isEqualTo(Files.readString(golden));
    }

    /** What the topology reads and writes is what the controller's user may read and write. */
    @Test
    void sources_sinks_and_changelogs_are_the_rights_of_the_controller() {
        // Given
        var read = new TreeSet<String>();
        var written = new TreeSet<String>();
        var described = ControllerTopology.build(
                        topics, new SpecReader(new StandardCatalogue()), ControllerService.RETENTION)
                .describe();
        for (var part : described.subtopologies()) {
            for (var node : part.nodes()) {
                if (node instanceof TopologyDescription.Source source) {
                    read.addAll(source.topicSet());
                } else if (node instanceof TopologyDescription.Sink sink) {
                    written.add(sink.topic());
                } else if (node instanceof TopologyDescription.Processor processor) {
                    processor.stores().forEach(store -> {
                        read.add(ControllerService.APPLICATION_ID + "-" + store + "-changelog");
                        written.add(ControllerService.APPLICATION_ID + "-" + store + "-changelog");
                    });
                }
            }
        }

        // When
        var rights = Rights.of(Role.CONTROLLER, topics);

        // Then
        assertThat(named(rights, AclOperation.READ)).isEqualTo(read);
        assertThat(named(rights, AclOperation.WRITE)).isEqualTo(written);
    }

    private static TreeSet<String> named(List<Right> rights, AclOperation operation) {
        return rights.stream()
                .filter(right ->
                        right.type() == ResourceType.TOPIC && right.operations().contains(operation))
                .map(Right::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void the_settings_of_streams_that_are_known_everywhere_are_those_of_this_kafka_version() {
        // Given
        var names = new TreeSet<>(StreamsConfig.configDef().names());
        names.removeAll(ConsumerConfig.configNames());
        names.removeAll(ProducerConfig.configNames());
        names.removeAll(AdminClientConfig.configNames());

        // Then
        assertThat(new TreeSet<>(KafkaSettings.STREAMS)).isEqualTo(names);
    }

    @Test
    void a_spec_becomes_a_finished_run_when_trainer_and_attackers_answer() {
        // Given
        publish(SPEC);

        // When
        answerEverything();

        // Then
        var statuses = latest(topics.runStatus);
        assertThat(statuses)
                .hasSize(2)
                .allSatisfy((run, status) ->
                        assertThat(status.phase()).as(status.reason()).isEqualTo(Phase.FINISHED));
    }

    /** The SDK of CloudEvents reads them in the tests of messaging. */
    @Test
    void a_status_is_a_cloud_event() {
        // Given
        publish(SPEC);

        // When
        var statuses = driver.createOutputTopic(
                        topics.runStatus.name(), new StringDeserializer(), topics.runStatus.deserializer())
                .readRecordsToList();

        // Then
        assertThat(statuses).isNotEmpty().allSatisfy(status -> {
            assertThat(status.headers().lastHeader("ce_type").value())
                    .asString()
                    .isEqualTo("dev.frl.run.status");
            assertThat(status.headers().lastHeader("ce_subject").value())
                    .asString()
                    .isEqualTo(status.key());
            assertThat(status.headers().lastHeader("traceparent")).isNull();
        });
    }

    @Test
    void the_same_spec_again_and_every_answer_twice_change_nothing() {
        // Given
        publish(SPEC);
        answerEverything();
        var before = read(topics.runLog);

        // When
        publish(SPEC);

        // Then
        assertThat(before).isNotEmpty();
        assertThat(read(topics.runLog)).isEmpty();
        assertThat(read(topics.runAssignments)).isEmpty();
    }

    @Test
    void a_spec_with_mistakes_is_rejected_with_all_of_them_and_the_next_one_is_taken() {
        // Given
        publish(SPEC.replace("cnn-small", "cnn-smal").replace("epsilon: 0.1", "epsilon: 7"));
        publish("{ not a spec");
        driver.createInputTopic(topics.experimentSpecs.name(), new StringSerializer(), new ByteArraySerializer())
                .pipeInput("bytes", new byte[] {(byte) 0xC3, 1, 2, 3});

        // When
        publish(SPEC);

        // Then
        var rejections = read(topics.specRejections);
        assertThat(rejections).hasSize(3);
        assertThat(rejections.get(0).value.problems())
                .extracting(p -> p.path())
                .containsExactly("spec.model.arch", "spec.attack.training.epsilon");
        assertThat(latest(topics.runStatus)).hasSize(2);
    }

    @Test
    void a_rejection_fits_into_a_message_however_long_key_paths_and_values_of_the_spec_are() {
        // Given
        String longest = "k".repeat(200_000);
        var unknown = new StringBuilder("spec:\n  ").append(longest).append(":\n");
        for (int i = 0; i < 300; i++) {
            unknown.append("    k").append(i).append(": 1\n");
        }
        var input = driver.createInputTopic(
                topics.experimentSpecs.name(), new StringSerializer(), new ByteArraySerializer());

        // When
        input.pipeInput(longest, SPEC.replace("spec:\n", unknown).getBytes(StandardCharsets.UTF_8));
        input.pipeInput(null, new byte[0]);
        publish(SPEC);

        // Then
        var rejections = read(topics.specRejections);
        assertThat(rejections).hasSize(2);
        assertThat(rejections.get(0).key)
                .hasSize(249)
                .isEqualTo(rejections.get(0).value.experiment());
        assertThat(rejections.get(0).value.problems())
                .isNotEmpty()
                .allSatisfy(p ->
                        assertThat(p.path().length() + p.message().length()).isLessThan(800));
        assertThat(rejections.get(1).key).isEmpty();
        assertThat(rejections.get(1).value.experiment()).isNull();
        assertThat(latest(topics.runStatus)).hasSize(2);
    }

    @Test
    void what_cannot_be_read_is_set_aside_with_the_reason_and_the_run_goes_on() {
        // Given
        publish(SPEC);
        var input =
                driver.createInputTopic(topics.shardAttacked.name(), new StringSerializer(), new ByteArraySerializer());

        // When
        input.pipeInput("some-run", "nonsense".getBytes(StandardCharsets.UTF_8));
        answerEverything();

        // Then
        var letters = driver.createOutputTopic(
                        topics.shardAttacked.deadLetters(), new StringDeserializer(), new ByteArrayDeserializer())
                .readRecordsToList();
        assertThat(letters).singleElement().satisfies(letter -> {
            assertThat(letter.value()).isEqualTo("nonsense".getBytes(StandardCharsets.UTF_8));
            assertThat(new String(
                            letter.headers()
                                    .lastHeader(DeadLetterProducer.TOPIC)
                                    .value(),
                            StandardCharsets.UTF_8))
                    .isEqualTo("frl.shard-attacked");
            assertThat(letter.headers().lastHeader(DeadLetterProducer.REASON).value())
                    .isNotEmpty();
            assertThat(letter.headers().lastHeader(DeadLetterProducer.ERROR).value())
                    .isEqualTo(UnreadableMessage.class.getName().getBytes(StandardCharsets.UTF_8));
        });
        assertThat(latest(topics.runStatus).values()).allMatch(s -> s.phase() == Phase.FINISHED);
    }

    @Test
    void shards_that_nobody_attacks_are_given_out_again_and_at_last_the_run_says_why_it_failed() {
        // Given
        publish(SPEC.replace("spec:\n", "spec:\n  schedule: {queueDeadline: 1h}\n"));
        announceAssigned(0);
        var first = read(topics.attackShards);

        // When
        pass(Duration.ofMinutes(10));
        var second = read(topics.attackShards);
        pass(Duration.ofMinutes(55));

        // Then
        assertThat(first).hasSize(2);
        assertThat(second).extracting(r -> r.value.attempt()).containsExactly(2, 2);
        var statuses = latest(topics.runStatus);
        assertThat(statuses.values()).allSatisfy(s -> assertThat(s.phase()).isEqualTo(Phase.FAILED));
        assertThat(statuses.values())
                .anySatisfy(s -> assertThat(s.reason())
                        .startsWith("no attacker took shards [0, 1] within ")
                        .endsWith(", in any of 3 attempts"));
        assertThat(statuses.values())
                .anySatisfy(s -> assertThat(s.reason())
                        .startsWith("its warm start warm-fashion-mnist-cnn-small-")
                        .contains("failed: no attacker took shards [0, 1]"));
    }

    @Test
    void a_restart_from_the_store_goes_on_where_it_was() {
        // Given
        publish(SPEC);
        announceAssigned(0);
        var shards = read(topics.attackShards);
        attack(shards.get(0).value);
        var store = driver.<String, byte[]>getKeyValueStore(TopologyNames.STORE);
        var saved = new HashMap<String, byte[]>();
        store.all().forEachRemaining(entry -> saved.put(entry.key, entry.value));
        driver.close();

        // When
        start();
        saved.forEach((key, fact) ->
                driver.<String, byte[]>getKeyValueStore(TopologyNames.STORE).put(key, fact));
        attack(shards.get(1).value);

        // Then
        assertThat(read(topics.fairnessUpdates))
                .singleElement()
                .satisfies(
                        update -> assertThat(update.value.update().forEpoch()).isEqualTo(1));
    }

    @Test
    void an_assignment_that_nobody_took_is_void_and_is_published_again_once_a_trainer_is_in_sight() {
        // Given
        publish(SPEC);
        assertThat(read(topics.runAssignments)).hasSize(1);
        read(topics.withdrawals);

        // When the trainers are gone, and later one comes
        pass(Duration.ofMinutes(11));
        var nobody = read(topics.runAssignments);
        var withdrawn = read(topics.withdrawals);
        send(topics.workers, Answered.trainer("gpu-1").key(), Answered.trainer("gpu-1"));

        // Then
        assertThat(nobody).isEmpty();
        assertThat(withdrawn)
                .singleElement()
                .satisfies(w -> assertThat(w.value.attempt()).isEqualTo(1));
        assertThat(read(topics.runAssignments))
                .singleElement()
                .satisfies(a -> assertThat(a.value.attempt()).isEqualTo(2));
    }

    /** In steps that the controller sees; one long step would be a suspended process, whose time counts against no run. */
    private void pass(Duration time) {
        var step = Duration.ofSeconds(5);
        for (var left = time; !left.isNegative() && !left.isZero(); left = left.minus(step)) {
            driver.advanceWallClockTime(step);
        }
    }

    private void publish(String spec) {
        driver.createInputTopic(topics.experimentSpecs.name(), new StringSerializer(), new ByteArraySerializer())
                .pipeInput("small", spec.getBytes(StandardCharsets.UTF_8));
    }

    /** A trainer and an attacker that never fail, until nothing is left to do; every message is sent twice. */
    private void answerEverything() {
        boolean busy = true;
        for (int round = 0; busy; round++) {
            assertThat(round).isLessThan(100);
            busy = announceAssigned(0);
            for (var shard : read(topics.attackShards)) {
                busy = true;
                attack(shard.value);
                attack(shard.value);
            }
            for (var update : read(topics.fairnessUpdates)) {
                if (!update.value.last()) {
                    busy = true;
                    announce(update.value.runId(), update.value.update().forEpoch());
                    announce(update.value.runId(), update.value.update().forEpoch());
                }
            }
        }
    }

    private boolean announceAssigned(int epoch) {
        var assigned = read(topics.runAssignments);
        assigned.forEach(a -> announce(a.value.plan().runId(), epoch));
        return !assigned.isEmpty();
    }

    private void announce(String run, int epoch) {
        send(topics.epochTrained, run, Answered.trained(run, epoch));
    }

    private void attack(ShardTask shard) {
        send(topics.shardAttacked, shard.runId(), Answered.attacked(shard));
    }

    private <V> void send(Topic<V> topic, String key, V value) {
        driver.createInputTopic(topic.name(), new StringSerializer(), topic.serializer())
                .pipeInput(key, value);
    }

    private <V> List<KeyValue<String, V>> read(Topic<V> topic) {
        return new ArrayList<>(driver.createOutputTopic(topic.name(), new StringDeserializer(), topic.deserializer())
                .readKeyValuesToList());
    }

    private Map<String, RunStatus> latest(Topic<RunStatus> topic) {
        return driver.createOutputTopic(topic.name(), new StringDeserializer(), topic.deserializer())
                .readKeyValuesToMap();
    }
}
