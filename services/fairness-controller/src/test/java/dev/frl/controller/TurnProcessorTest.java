package dev.frl.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.run.RunInput;
import dev.frl.core.run.Work;
import dev.frl.core.turn.TurnFact;
import dev.frl.core.turn.TurnInput;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.DeadLetterProducer;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.messaging.message.WorkerStatus.Held;
import dev.frl.messaging.message.WorkerStatus.State;
import dev.frl.service.StandardTopics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From what workers announce and what runs want to the turns of runs; the rules themselves are tested in core. */
class TurnProcessorTest {
    private static final Duration PATIENCE = Duration.ofMinutes(30);

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
        var topology = new Topology();
        ControllerTopology.turns(topology, topics, ControllerMeters.none(topics));
        driver = new TopologyTestDriver(topology, properties, Instant.EPOCH);
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void a_run_gets_a_turn_when_a_trainer_announces_itself_and_the_next_one_when_that_has_ended() {
        // Given
        want("a-1", 3);
        want("a-2", 1);
        var before = signals();

        // When
        announce("trainer", "gpu-1", State.IDLE, null);
        var first = signals();
        announce("trainer", "gpu-1", State.WORKING, "a-1");
        var meanwhile = signals();
        signal("a-1", new TurnInput.Released("a-1"));
        var second = signals();

        // Then
        assertThat(before).isEmpty();
        assertThat(first).containsExactly(KeyValue.pair("a-1", new RunInput.Turn("a-1", 3)));
        assertThat(meanwhile).isEmpty();
        assertThat(second).containsExactly(KeyValue.pair("a-2", new RunInput.Turn("a-2", 1)));
    }

    @Test
    void attackers_and_trainers_that_take_nothing_do_not_count_but_a_drained_one_that_finishes_its_run_does() {
        // Given
        want("a-1", 1);

        // When
        announce("attacker", "gpu-1", State.IDLE, null);
        announce("trainer", "gpu-1", State.PAUSED, null);
        announce("trainer", "gpu-2", State.DRAINING, null);
        var idle = signals();
        announce("trainer", "gpu-2", State.DRAINING, "b-1");
        var working = signals();

        // Then
        assertThat(idle).isEmpty();
        assertThat(working).extracting(signal -> signal.key).containsExactly("a-1");
    }

    @Test
    void a_trainer_that_says_goodbye_makes_no_room() {
        // Given
        announce("trainer", "gpu-1", State.IDLE, null);

        // When
        workers().pipeInput("trainer/gpu-1/1", (byte[]) null);
        workers().pipeInput("attacker/gpu-1/1", (byte[]) null);
        want("a-1", 1);

        // Then
        assertThat(signals()).isEmpty();
        assertThat(facts().values()).noneMatch(TurnFact.Trainer.class::isInstance);
    }

    @Test
    void announcements_that_cannot_be_read_are_skipped_and_the_others_count() {
        // Given
        want("a-1", 1);
        var other = topics.workers.codec().encode(status("trainer", "gpu-9", State.IDLE, null));

        // When
        workers().pipeInput("trainer/gpu-1/1", "nonsense".getBytes(StandardCharsets.UTF_8));
        workers().pipeInput("trainer/gpu-1/1", other);
        workers().pipeInput(null, other);
        workers().pipeInput("nonsense", new byte[0]);
        var unreadable = signals();
        announce("trainer", "gpu-1", State.IDLE, null);

        // Then
        assertThat(unreadable).isEmpty();
        assertThat(signals()).hasSize(1);
        assertThat(deadLetters()).isEmpty();
    }

    @Test
    void signals_that_cannot_be_read_become_dead_letters_with_the_reason_and_the_others_count() {
        // Given
        announce("trainer", "gpu-1", State.IDLE, null);
        var input =
                driver.createInputTopic(topics.turnSignals.name(), new StringSerializer(), new ByteArraySerializer());
        var released = topics.turnSignals.codec().encode(new TurnInput.Released("a-1"));

        // When
        input.pipeInput("a-1", "nonsense".getBytes(StandardCharsets.UTF_8));
        input.pipeInput("a-1", (byte[]) null);
        input.pipeInput("b-1", released);
        input.pipeInput(null, released);
        want("a-1", 1);

        // Then
        assertThat(deadLetters())
                .extracting(letter -> new String(
                        letter.headers().lastHeader(DeadLetterProducer.REASON).value(), StandardCharsets.UTF_8))
                .satisfiesExactly(
                        nonsense -> assertThat(nonsense).contains("single-object encoding"),
                        empty -> assertThat(empty).isEqualTo("it has no value"),
                        foreign -> assertThat(foreign).isEqualTo("its key is b-1, but it is about a-1"),
                        keyless -> assertThat(keyless).isEqualTo("its key is null, but it is about a-1"));
        assertThat(signals()).hasSize(1);
    }

    @Test
    void a_run_is_told_when_no_trainer_was_in_sight_for_its_patience() {
        // Given
        want("a-1", 1);

        // When
        pass(PATIENCE.minusSeconds(5));
        var before = signals();
        pass(Duration.ofSeconds(5));

        // Then
        assertThat(before).isEmpty();
        assertThat(signals())
                .singleElement()
                .satisfies(signal -> assertThat(signal.value)
                        .isEqualTo(new RunInput.GiveUp(
                                "a-1", "no trainer was in sight for 30 min; start a trainer and retry the run")));
    }

    @Test
    void time_while_the_controller_was_suspended_counts_against_nobody() {
        // Given
        announce("trainer", "gpu-1", State.IDLE, null);
        want("a-1", 1);
        want("a-2", 1);
        signals();

        // When
        driver.advanceWallClockTime(Duration.ofDays(2));
        signal("a-1", new TurnInput.Released("a-1"));

        // Then
        assertThat(signals()).extracting(signal -> signal.key).containsExactly("a-2");
    }

    @Test
    void a_trainer_that_is_silent_for_two_minutes_makes_no_room() {
        // Given
        announce("trainer", "gpu-1", State.IDLE, null);

        // When
        pass(Duration.ofMinutes(2));
        want("a-1", 1);

        // Then
        assertThat(signals()).isEmpty();
    }

    @Test
    void a_restart_from_the_store_goes_on_where_it_was() {
        // Given
        announce("trainer", "gpu-1", State.IDLE, null);
        want("a-1", 1);
        want("a-2", 1);
        signals();

        // When
        var context = new MockProcessorContext<String, byte[]>();
        var turns = new TurnProcessor(topics, ControllerMeters.none(topics));
        init(turns, context, entries());
        give(turns, "a-1", new TurnInput.Released("a-1"));

        // Then
        assertThat(told(context)).containsExactly(new RunInput.Turn("a-2", 1));
    }

    @Test
    void commits_when_a_run_is_told_and_not_for_every_announcement() {
        // Given
        var context = new MockProcessorContext<String, byte[]>();
        var turns = new TurnProcessor(topics, ControllerMeters.none(topics));
        init(turns, context, Map.of());

        // When
        give(turns, "trainer/gpu-1/1", new TurnInput.TrainerSeen("trainer/gpu-1/1", true, null, Instant.EPOCH));
        boolean announced = context.committed();
        give(turns, "a-1", wanted("a-1", 1));
        boolean told = context.committed();

        // Then
        assertThat(announced).isFalse();
        assertThat(told).isTrue();
    }

    @Test
    void damaged_entries_stop_nobody_and_a_run_that_would_wait_for_ever_is_told() {
        // Given
        want("a-1", 1);
        want("a-2", 1);
        var entries = entries();
        entries.put("waiting/a-1", new byte[] {1, 2, 3});
        entries.put("nonsense", new byte[0]);
        entries.remove("count");
        var context = new MockProcessorContext<String, byte[]>();
        var turns = new TurnProcessor(topics, ControllerMeters.none(topics));

        // When
        var store = init(turns, context, entries);
        context.scheduledPunctuators().get(0).getPunctuator().punctuate(1000);
        give(turns, "trainer/gpu-1/1", new TurnInput.TrainerSeen("trainer/gpu-1/1", true, null, Instant.EPOCH));

        // Then
        var told = told(context);
        assertThat(told).hasSize(2);
        assertThat(told.get(0)).isInstanceOfSatisfying(RunInput.GiveUp.class, giveUp -> {
            assertThat(giveUp.runId()).isEqualTo("a-1");
            assertThat(giveUp.reason()).startsWith("its place in the line of runs cannot be read: ");
        });
        assertThat(told.get(1)).isEqualTo(new RunInput.Turn("a-2", 1));
        assertThat(store.get("waiting/a-1")).isNull();
        assertThat(store.get("nonsense")).isNull();
    }

    private KeyValueStore<String, byte[]> init(
            TurnProcessor turns, MockProcessorContext<String, byte[]> context, Map<String, byte[]> entries) {
        KeyValueStore<String, byte[]> store = Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(TopologyNames.TURN_STORE), Serdes.String(), Serdes.ByteArray())
                .withLoggingDisabled()
                .build();
        store.init(context.getStateStoreContext(), store);
        entries.forEach(store::put);
        context.setCurrentSystemTimeMs(1000);
        context.setRecordMetadata(topics.turnSignals.name(), 0, 0);
        turns.init(context);
        return store;
    }

    private List<RunInput.Signal> told(MockProcessorContext<String, byte[]> context) {
        return context.forwarded().stream()
                .map(f -> topics.runSignals.codec().decode(f.record().value()))
                .toList();
    }

    private void give(TurnProcessor turns, String key, TurnInput input) {
        turns.process(new Record<>(key, topics.turnSignals.codec().encode(input), 0));
    }

    private void want(String run, int attempt) {
        signal(run, wanted(run, attempt));
    }

    private static TurnInput.Wanted wanted(String run, int attempt) {
        return new TurnInput.Wanted(run, attempt, "a", "a", 0, PATIENCE, Instant.EPOCH);
    }

    private void signal(String key, TurnInput input) {
        driver.createInputTopic(topics.turnSignals.name(), new StringSerializer(), topics.turnSignals.serializer())
                .pipeInput(key, input);
    }

    private void announce(String role, String host, State state, @Nullable String held) {
        var status = status(role, host, state, held);
        workers().pipeInput(status.key(), topics.workers.codec().encode(status));
    }

    private static WorkerStatus status(String role, String host, State state, @Nullable String held) {
        return new WorkerStatus(
                role,
                host,
                "1",
                "engine",
                null,
                state,
                null,
                null,
                held == null ? null : new Held(held, new Work.EpochTraining(1)),
                Instant.EPOCH,
                Instant.EPOCH);
    }

    private TestInputTopic<String, byte[]> workers() {
        return driver.createInputTopic(topics.workers.name(), new StringSerializer(), new ByteArraySerializer());
    }

    private List<KeyValue<String, RunInput.Signal>> signals() {
        return driver.createOutputTopic(
                        topics.runSignals.name(), new StringDeserializer(), topics.runSignals.deserializer())
                .readKeyValuesToList();
    }

    private List<TestRecord<String, byte[]>> deadLetters() {
        return driver.createOutputTopic(
                        topics.turnSignals.deadLetters(), new StringDeserializer(), new ByteArrayDeserializer())
                .readRecordsToList();
    }

    private Map<String, byte[]> entries() {
        var entries = new HashMap<String, byte[]>();
        driver.<String, byte[]>getKeyValueStore(TopologyNames.TURN_STORE)
                .all()
                .forEachRemaining(entry -> entries.put(entry.key, entry.value));
        return entries;
    }

    private Map<String, TurnFact> facts() {
        var facts = new HashMap<String, TurnFact>();
        entries().forEach((key, value) -> facts.put(key, topics.turnFacts.decode(value)));
        return facts;
    }

    /** In steps that the controller sees; one long step would be a suspended process. */
    private void pass(Duration time) {
        for (var left = time; !left.isNegative() && !left.isZero(); left = left.minus(TurnProcessor.TICK)) {
            driver.advanceWallClockTime(TurnProcessor.TICK);
        }
    }
}
