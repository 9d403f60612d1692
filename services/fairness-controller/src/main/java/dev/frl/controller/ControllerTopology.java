package dev.frl.controller;

import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.spec.SpecReader;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.Stores;

/**
 * What is connected to what.
 *
 * <pre>
 *   frl.experiment-specs ─▶ admission ─▶ frl.spec-rejections
 *                               └─▶ frl.run-signals ─▶ ┐
 *   frl.epoch-trained, frl.shard-attacked, ──────────▶ runs (store: one entry a live fact)
 *   frl.work-failures                                   ├─▶ frl.run-log            every decision
 *                                                       ├─▶ frl.run-assignments, frl.attack-shards, frl.fairness-updates
 *                                                       ├─▶ frl.run-status
 *                                                       └─▶ frl.run-signals        to other runs
 * </pre>
 *
 * Values cross as bytes, so that an unreadable one is a dead letter and not the end of the application.
 */
final class ControllerTopology {
    /** Of the store; part of the name of its changelog topic. */
    static final String STORE = "run-facts";

    private ControllerTopology() {}

    static Topology build(Topics topics, SpecReader specs) {
        var topology = new Topology();
        source(topology, topics.experimentSpecs);
        topology.addProcessor("admission", () -> new AdmissionProcessor(topics, specs), topics.experimentSpecs.name());
        sink(topology, topics.specRejections.name(), "admission");
        var inputs = Stream.of(topics.runSignals, topics.epochTrained, topics.shardAttacked, topics.workFailures)
                .toList();
        inputs.forEach(topic -> source(topology, topic));
        topology.addProcessor(
                "runs",
                () -> new RunProcessor(topics),
                inputs.stream().map(Topic::name).toArray(String[]::new));
        // A few entries a run and one a counted shard; the changelog topic is what survives.
        topology.addStateStore(
                Stores.keyValueStoreBuilder(
                                Stores.inMemoryKeyValueStore(STORE), Serdes.String(), Serdes.ByteArray())
                        .withCachingDisabled(),
                "runs");
        Stream.of(topics.runLog, topics.runAssignments, topics.attackShards, topics.fairnessUpdates, topics.runStatus)
                .forEach(topic -> sink(topology, topic.name(), "runs"));
        topology.addSink(
                sinkOf(topics.runSignals.name()),
                topics.runSignals.name(),
                new StringSerializer(),
                new ByteArraySerializer(),
                "admission",
                "runs");
        inputs.forEach(topic -> sink(topology, topic.deadLetters(), "runs"));
        return topology;
    }

    private static void source(Topology topology, Topic<?> topic) {
        topology.addSource(topic.name(), new StringDeserializer(), new ByteArrayDeserializer(), topic.name());
    }

    private static void sink(Topology topology, String topic, String processor) {
        topology.addSink(sinkOf(topic), topic, new StringSerializer(), new ByteArraySerializer(), processor);
    }

    /** Name of the sink that writes a topic. */
    static String sinkOf(String topic) {
        return "to-" + topic;
    }
}
