package dev.frl.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.run.Phase;
import dev.frl.core.run.Slots;
import dev.frl.messaging.FactCodec;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.service.StandardTopics;
import dev.frl.service.tracing.Tracing;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A run that cannot continue ends as failed, and the others do not notice. */
class RunIsolationTest {
    private final Topics topics = StandardTopics.create();
    private final MockProcessorContext<String, byte[]> context = new MockProcessorContext<>();
    private final KeyValueStore<String, byte[]> facts = Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore(TopologyNames.STORE), Serdes.String(), Serdes.ByteArray())
            .withLoggingDisabled()
            .build();
    private RunProcessor runs =
            new RunProcessor(topics, ControllerService.RETENTION, ControllerMeters.none(topics), Tracing.off());
    private long clock = 1_000_000;

    @BeforeEach
    void start() {
        context.setCurrentSystemTimeMs(clock);
        facts.init(context.getStateStoreContext(), facts);
        context.setRecordMetadata(topics.runSignals.name(), 0, 0);
        runs.init(context);
        Answered.planned()
                .forEach(signal -> runs.process(
                        new Record<>(signal.runId(), topics.runSignals.codec().encode(signal), 0)));
        context.resetForwards();
    }

    @Test
    void a_run_with_a_damaged_entry_fails_with_the_reason_and_the_other_one_starts() {
        // Given
        var broken = run("none");
        facts.put(FactCodec.key(broken, "training-requested"), new byte[] {1, 2, 3});

        // When
        restart();
        tick();

        // Then
        assertThat(statuses()).containsOnlyKeys(broken).containsEntry(broken, Phase.FAILED);
        assertThat(reasons().get(broken)).startsWith("its state cannot be read: a fact of 3 bytes");
        assertThat(keys(broken)).containsExactlyInAnyOrder(Slots.PLANNED, Slots.ENDED);
        assertThat(keys(run("warm"))).contains("training-requested");
    }

    @Test
    void an_entry_that_belongs_to_no_run_does_not_keep_the_controller_from_starting() {
        // Given
        facts.put("no-slash", new byte[] {1});

        // When
        restart();
        tick();
        facts.delete("no-slash");

        // Then
        assertThat(statuses()).isEmpty();
        assertThat(keys(run("warm"))).contains("training-requested");
    }

    @Test
    void a_run_without_a_readable_plan_is_removed_and_the_other_one_starts() {
        // Given
        var broken = run("none");
        facts.put(FactCodec.key(broken, Slots.PLANNED), new byte[0]);

        // When
        restart();
        tick();

        // Then
        assertThat(keys(broken)).isEmpty();
        assertThat(keys(run("warm"))).contains("training-requested");
    }

    @Test
    void time_while_the_controller_was_suspended_counts_against_no_run() {
        // Given
        var warm = run("warm");
        context.setRecordMetadata(topics.epochTrained.name(), 0, 0);
        runs.process(new Record<>(warm, topics.epochTrained.codec().encode(Answered.trained(warm, 0)), 0));
        context.resetForwards();

        // When
        clock += Duration.ofDays(2).toMillis();
        tick();

        // Then
        assertThat(statuses()).isEmpty();
    }

    @Test
    void an_ended_run_is_forgotten_after_its_retention_and_not_before() {
        // Given
        var broken = run("none");
        facts.put(FactCodec.key(broken, "training-requested"), new byte[] {1, 2, 3});
        restart();
        tick();
        restart();

        // When
        clock += ControllerService.RETENTION.toMillis() - 1;
        tick();
        var before = keys(broken);
        clock += 2;
        tick();

        // Then
        assertThat(before).contains(Slots.ENDED);
        assertThat(keys(broken)).isEmpty();
        assertThat(keys(run("warm"))).isNotEmpty();
    }

    private void restart() {
        runs = new RunProcessor(topics, ControllerService.RETENTION, ControllerMeters.none(topics), Tracing.off());
        runs.init(context);
    }

    /** All timers that the newest processor set. */
    private void tick() {
        context.setCurrentSystemTimeMs(clock);
        var punctuators = context.scheduledPunctuators().stream()
                .filter(p -> !p.getInterval().equals(GroupCommit.QUIET))
                .toList();
        punctuators.subList(punctuators.size() - 2, punctuators.size()).stream()
                .map(CapturedPunctuator::getPunctuator)
                .forEach(p -> p.punctuate(clock));
    }

    /** The run whose id contains this. */
    private String run(String name) {
        try (var all = facts.all()) {
            while (all.hasNext()) {
                var id = FactCodec.owner(all.next().key);
                if (id.contains(name) || name.equals("none") && !id.startsWith("warm")) {
                    return id;
                }
            }
        }
        throw new AssertionError("no run " + name);
    }

    private List<String> keys(String run) {
        var keys = new java.util.ArrayList<String>();
        try (var all = facts.all()) {
            all.forEachRemaining(e -> {
                if (e.key.startsWith(run + "/")) {
                    keys.add(e.key.substring(run.length() + 1));
                }
            });
        }
        return keys;
    }

    private HashMap<String, Phase> statuses() {
        var statuses = new HashMap<String, Phase>();
        sent(topics.runStatus)
                .forEach(r -> statuses.put(
                        r.key(), topics.runStatus.codec().decode(r.value()).phase()));
        return statuses;
    }

    private HashMap<String, String> reasons() {
        var reasons = new HashMap<String, String>();
        sent(topics.runStatus)
                .forEach(r -> reasons.put(
                        r.key(), topics.runStatus.codec().decode(r.value()).reason()));
        return reasons;
    }

    private List<Record<String, byte[]>> sent(Topic<?> topic) {
        return context.forwarded(TopologyNames.sinkOf(topic.name(), RunProcessor.NAME)).stream()
                .map(f -> (Record<String, byte[]>) f.record())
                .toList();
    }
}
