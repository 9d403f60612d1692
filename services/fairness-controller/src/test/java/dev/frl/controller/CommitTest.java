package dev.frl.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.service.StandardTopics;
import dev.frl.service.tracing.Tracing;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a processor asks for its transaction to be committed at once. */
class CommitTest {
    private final Topics topics = StandardTopics.create();
    private final MockProcessorContext<String, byte[]> context = new MockProcessorContext<>();
    private final RunProcessor runs =
            new RunProcessor(topics, ControllerService.RETENTION, ControllerMeters.none(topics), Tracing.off());
    private long clock = 1000;

    @BeforeEach
    void start() {
        context.setCurrentSystemTimeMs(clock);
        KeyValueStore<String, byte[]> facts = Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(TopologyNames.STORE), Serdes.String(), Serdes.ByteArray())
                .withLoggingDisabled()
                .build();
        facts.init(context.getStateStoreContext(), facts);
        context.setRecordMetadata(topics.experimentSpecs.name(), 0, 0);
        runs.init(context);
    }

    @Test
    void a_spec_is_answered_at_once() {
        // Given
        var admission = admission();

        // When
        admission.process(new Record<>("small", Answered.SPEC.getBytes(StandardCharsets.UTF_8), 0));

        // Then
        assertThat(context.committed()).isTrue();
    }

    @Test
    void what_a_trainer_or_an_attacker_waits_for_is_told_at_once() {
        // Given
        plan();

        // When
        boolean assigned = takeCommitted();
        give(topics.epochTrained, warmStart(), Answered.trained(warmStart(), 0));
        boolean shards = takeCommitted();

        // Then
        assertThat(assigned).isTrue();
        assertThat(shards).isTrue();
    }

    @Test
    void a_shard_that_others_must_follow_waits_for_them_and_the_last_one_is_told_at_once() {
        // Given
        plan();
        give(topics.epochTrained, warmStart(), Answered.trained(warmStart(), 0));
        var shards = sent(topics.attackShards);
        context.resetCommit();

        // When
        attacked(shards.get(0));
        boolean first = takeCommitted();
        attacked(shards.get(1));
        boolean last = takeCommitted();

        // Then
        assertThat(shards).hasSize(2);
        assertThat(first).isFalse();
        assertThat(last).isTrue();
    }

    @Test
    void decisions_that_follow_each_other_closely_share_a_commit() {
        // Given
        plan();
        give(topics.epochTrained, warmStart(), Answered.trained(warmStart(), 0));
        var shards = sent(topics.attackShards);
        giveNow(topics.shardAttacked, shards.get(0).runId(), Answered.attacked(shards.get(0)));
        context.resetCommit();

        // When
        clock += GroupCommit.QUIET.toMillis() - 1;
        giveNow(topics.shardAttacked, shards.get(1).runId(), Answered.attacked(shards.get(1)));
        boolean atOnce = takeCommitted();
        plannedCommit();

        // Then
        assertThat(atOnce).isFalse();
        assertThat(takeCommitted()).isTrue();
    }

    @Test
    void a_busy_controller_leaves_the_commit_to_the_group() {
        // Given
        plan();
        give(topics.epochTrained, warmStart(), Answered.trained(warmStart(), 0));
        var shards = sent(topics.attackShards);
        context.resetCommit();
        for (int repeat = 0; repeat <= 100; repeat++) {
            giveNow(topics.shardAttacked, shards.get(0).runId(), Answered.attacked(shards.get(0)));
        }

        // When
        clock += GroupCommit.QUIET.toMillis() + 1;
        giveNow(topics.shardAttacked, shards.get(1).runId(), Answered.attacked(shards.get(1)));
        boolean quiet = takeCommitted();
        clock += GroupCommit.LONGEST.toMillis();
        giveNow(topics.epochTrained, warmStart(), Answered.trained(warmStart(), 1));

        // Then: within the interval, Streams commits
        assertThat(quiet).isFalse();
        assertThat(takeCommitted()).isTrue();
    }

    private void plannedCommit() {
        context.setCurrentSystemTimeMs(clock);
        context.scheduledPunctuators().stream()
                .filter(p -> p.getInterval().equals(GroupCommit.QUIET) && !p.cancelled())
                .forEach(p -> p.getPunctuator().punctuate(clock));
    }

    private AdmissionProcessor admission() {
        var admission = new AdmissionProcessor(topics, new SpecReader(new StandardCatalogue()), Tracing.off());
        admission.init(context);
        return admission;
    }

    /** Hands the runs of the small experiment their plans. */
    private void plan() {
        Answered.planned().forEach(signal -> giveNow(topics.runSignals, signal.runId(), signal));
    }

    /** The run that is assigned first. */
    private String warmStart() {
        return sent(topics.runAssignments).get(0).plan().runId();
    }

    private void attacked(ShardTask shard) {
        give(topics.shardAttacked, shard.runId(), Answered.attacked(shard));
    }

    /** Long after the last one. */
    private <V> void give(Topic<V> topic, String run, V message) {
        clock += 1000;
        giveNow(topic, run, message);
    }

    private <V> void giveNow(Topic<V> topic, String run, V message) {
        process(topic, new Record<>(run, topic.codec().encode(message), 0));
    }

    private void process(Topic<?> topic, Record<String, byte[]> record) {
        context.setCurrentSystemTimeMs(clock);
        context.setRecordMetadata(topic.name(), 0, 0);
        Processor<String, byte[], String, byte[]> processor = runs;
        processor.process(record);
    }

    private boolean takeCommitted() {
        boolean committed = context.committed();
        context.resetCommit();
        return committed;
    }

    private <V> List<V> sent(Topic<V> topic) {
        return records(topic).stream().map(r -> topic.codec().decode(r.value())).toList();
    }

    private List<Record<String, byte[]>> records(Topic<?> topic) {
        return context.forwarded(TopologyNames.sinkOf(topic.name(), RunProcessor.NAME)).stream()
                .map(f ->
                        new Record<String, byte[]>(f.record().key(), f.record().value(), 0))
                .toList();
    }
}
