package dev.frl.controller;

import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.service.tracing.Tracing;
import dev.frl.spec.SpecReader;
import java.time.Duration;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.WallclockTimestampExtractor;
import org.apache.kafka.streams.state.Stores;

/**
 * The controller's topology: sources, processors, the store and sinks.
 *
 * <pre>
 *   frl.experiment-specs ─▶ admission ─▶ frl.spec-rejections
 *                               └─▶ frl.run-signals ─▶ ┐
 *   frl.epoch-trained, frl.shard-attacked, ──────────▶ runs (store: one entry a live fact)
 *   frl.work-failures, frl.work-progress                ├─▶ frl.run-log            every decision
 *                                                       ├─▶ frl.run-assignments, frl.attack-shards, frl.fairness-updates
 *                                                       ├─▶ frl.run-status
 *                                                       └─▶ frl.run-signals        to other runs
 *   frl.workers ─▶ trainers ─▶ frl.turn-signals ─▶ turns (store: one entry a live fact)
 *                                                    └─▶ frl.run-signals
 * </pre>
 *
 * Values are bytes here, so that an unreadable one becomes a dead-letter record and does not stop the application.
 */
final class ControllerTopology {
    private ControllerTopology() {}

    static Topology build(Topics topics, SpecReader specs, Duration retention) {
        return build(topics, specs, retention, ControllerMeters.none(topics), Tracing.off());
    }

    static Topology build(
            Topics topics, SpecReader specs, Duration retention, ControllerMeters meters, Tracing tracing) {
        var topology = new Topology();
        users(topology, topics, specs, tracing);
        experiments(topology, topics, retention, meters);
        runs(topology, topics, retention, meters, tracing);
        turns(topology, topics, meters);
        return topology;
    }

    /** A part of its own, joined with the others by topics only: its messages have other keys. */
    private static void experiments(Topology topology, Topics topics, Duration retention, ControllerMeters meters) {
        var name = ExperimentProcessor.NAME;
        source(topology, topics.experimentSignals);
        topology.addProcessor(
                name, () -> new ExperimentProcessor(topics, retention, meters), topics.experimentSignals.name());
        store(topology, TopologyNames.EXPERIMENT_STORE, name);
        Stream.of(
                        topics.experimentLog,
                        topics.experimentStatus,
                        topics.runSignals,
                        topics.commandAnswers,
                        topics.experimentSignals)
                .forEach(topic -> ownSink(topology, topic.name(), name));
        sink(topology, topics.experimentSignals.deadLetters(), name);
    }

    /** What users send: specs and commands. */
    private static void users(Topology topology, Topics topics, SpecReader specs, Tracing tracing) {
        source(topology, topics.experimentSpecs);
        topology.addProcessor(
                AdmissionProcessor.NAME,
                () -> new AdmissionProcessor(topics, specs, tracing),
                topics.experimentSpecs.name());
        Stream.of(topics.specRejections, topics.experimentSignals)
                .forEach(topic -> ownSink(topology, topic.name(), AdmissionProcessor.NAME));
        source(topology, topics.commands);
        topology.addProcessor(CommandProcessor.NAME, () -> new CommandProcessor(topics, specs), topics.commands.name());
        Stream.of(topics.experimentSignals, topics.runSignals, topics.commandAnswers)
                .forEach(topic -> ownSink(topology, topic.name(), CommandProcessor.NAME));
    }

    private static void runs(
            Topology topology, Topics topics, Duration retention, ControllerMeters meters, Tracing tracing) {
        var name = RunProcessor.NAME;
        var inputs = Stream.of(
                        topics.runSignals,
                        topics.epochTrained,
                        topics.shardAttacked,
                        topics.workFailures,
                        topics.workProgress)
                .toList();
        inputs.forEach(topic -> source(topology, topic));
        topology.addProcessor(
                name,
                () -> new RunProcessor(topics, retention, meters, tracing),
                inputs.stream().map(Topic::name).toArray(String[]::new));
        // In memory, since it is a few entries per run and one per counted shard; the changelog topic restores it.
        store(topology, TopologyNames.STORE, name);
        RunProcessor.OUTPUTS.apply(topics).forEach(topic -> ownSink(topology, topic.name(), name));
        inputs.forEach(topic -> sink(topology, topic.deadLetters(), name));
    }

    /** Two parts of their own, joined with the others by topics only: their sources differ in their numbers of partitions. */
    static void turns(Topology topology, Topics topics, ControllerMeters meters) {
        source(topology, topics.workers);
        topology.addProcessor(TrainerWatch.NAME, () -> new TrainerWatch(topics), topics.workers.name());
        ownSink(topology, topics.turnSignals.name(), TrainerWatch.NAME);
        source(topology, topics.turnSignals);
        topology.addProcessor(TurnProcessor.NAME, () -> new TurnProcessor(topics, meters), topics.turnSignals.name());
        store(topology, TopologyNames.TURN_STORE, TurnProcessor.NAME);
        ownSink(topology, topics.runSignals.name(), TurnProcessor.NAME);
        sink(topology, topics.turnSignals.deadLetters(), TurnProcessor.NAME);
    }

    private static void store(Topology topology, String store, String processor) {
        topology.addStateStore(
                Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(store), Serdes.String(), Serdes.ByteArray())
                        .withCachingDisabled(),
                processor);
    }

    private static void source(Topology topology, Topic<?> topic) {
        topology.addSource(
                AutoOffsetReset.earliest(),
                topic.name(),
                // By default a record with a negative timestamp, which old clients write, ends the application.
                new WallclockTimestampExtractor(),
                new StringDeserializer(),
                new ByteArrayDeserializer(),
                topic.name());
    }

    /** A sink beside that of other processors; see {@link TopologyNames#sinkOf(String, String)}. */
    private static void ownSink(Topology topology, String topic, String processor) {
        topology.addSink(
                TopologyNames.sinkOf(topic, processor),
                topic,
                new StringSerializer(),
                new ByteArraySerializer(),
                processor);
    }

    private static void sink(Topology topology, String topic, String processor) {
        topology.addSink(
                TopologyNames.sinkOf(topic), topic, new StringSerializer(), new ByteArraySerializer(), processor);
    }
}
