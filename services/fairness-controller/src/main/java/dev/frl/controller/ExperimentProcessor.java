package dev.frl.controller;

import dev.frl.core.experiment.ExperimentDecider;
import dev.frl.core.experiment.ExperimentDecider.Decision;
import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.experiment.ExperimentFact;
import dev.frl.core.experiment.ExperimentInput;
import dev.frl.core.experiment.ExperimentState;
import dev.frl.core.experiment.Experiments;
import dev.frl.messaging.FactCodec;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.codec.UnreadableMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands every message to its experiment's {@link ExperimentDecider} and writes what that decides: the events, the signals to runs, the
 * status, the answers, and the experiment's entries in the store. Exactly once, since all of it shares a transaction with the message's
 * offset. Nothing is written before a decision is complete; after a failure the experiment's state is loaded from the store again.
 */
final class ExperimentProcessor implements Processor<String, byte[], String, byte[]> {
    /** Its name in the topology. */
    static final String NAME = "experiments";

    /** Time between two looks at experiments that ended long ago. */
    private static final Duration TICK = Duration.ofMinutes(1);

    private static final Logger log = LoggerFactory.getLogger(ExperimentProcessor.class);

    private final Topics topics;
    private final ControllerMeters meters;
    private final Duration retention;
    /** Rebuilt from the store for every new task, so that an aborted transaction has no effect. */
    private Experiments experiments = new Experiments();

    /** Ended experiments, by id. */
    private final Map<String, ExperimentState> ended = new HashMap<>();

    /** Experiments whose entries could not be read. A spec that is submitted again replaces them. */
    private final Set<String> unreadable = new HashSet<>();

    private @Nullable GroupCommit commits;
    private @Nullable ProcessorContext<String, byte[]> context;
    private @Nullable KeyValueStore<String, byte[]> facts;

    /** @param retention how long ended experiments stay in the store */
    ExperimentProcessor(Topics topics, Duration retention, ControllerMeters meters) {
        this.topics = topics;
        this.meters = meters;
        this.retention = retention;
    }

    @Override
    public void init(ProcessorContext<String, byte[]> processorContext) {
        context = processorContext;
        commits = new GroupCommit(processorContext);
        facts = processorContext.getStateStore(TopologyNames.EXPERIMENT_STORE);
        loadAll();
        processorContext.schedule(TICK, PunctuationType.WALL_CLOCK_TIME, timestamp -> forgetEnded());
    }

    /** An experiment whose entries cannot be read does not keep the others from starting. */
    private void loadAll() {
        experiments = new Experiments();
        ended.clear();
        unreadable.clear();
        var entries = new HashMap<String, Map<String, byte[]>>();
        try (var all = facts().all()) {
            all.forEachRemaining(entry -> {
                try {
                    entries.computeIfAbsent(FactCodec.owner(entry.key), id -> new LinkedHashMap<>())
                            .put(entry.key, entry.value);
                } catch (UnreadableMessage e) {
                    log.atError()
                            .addKeyValue("reason", e.getMessage())
                            .log("an entry of the store belongs to no experiment");
                }
            });
        }
        entries.forEach(this::load);
    }

    private void load(String experimentId, Map<String, byte[]> entries) {
        try {
            var of = new ArrayList<ExperimentFact>();
            entries.forEach((key, value) -> of.add(topics.experimentFacts.decode(key, value)));
            keep(ExperimentState.load(of));
        } catch (RuntimeException e) {
            log.atError()
                    .addKeyValue("experiment", experimentId)
                    .setCause(e)
                    .log("the experiment's state cannot be read; submit its spec again to replace it");
            unreadable.add(experimentId);
        }
    }

    private Map<String, byte[]> entries(String experimentId) {
        var entries = new LinkedHashMap<String, byte[]>();
        try (var found = facts().prefixScan(FactCodec.key(experimentId, ""), new StringSerializer())) {
            found.forEachRemaining(entry -> entries.put(entry.key, entry.value));
        }
        return entries;
    }

    private void keep(ExperimentState state) {
        experiments.put(state);
        if (state.phase().isTerminal()) {
            ended.put(state.experimentId(), state);
        } else {
            ended.remove(state.experimentId());
        }
    }

    @Override
    public void process(Record<String, byte[]> record) {
        commits().input();
        try {
            if (record.value() == null) {
                throw new UnreadableMessage("it has no value");
            }
            var input = topics.experimentSignals.codec().decode(record.value());
            if (!input.experiment().equals(record.key())) {
                throw new UnreadableMessage(String.format(
                        Locale.ROOT, "its key is %s, but it is about experiment %s", record.key(), input.experiment()));
            }
            process(input);
        } catch (UnreadableMessage e) {
            DeadLetterForwarder.send(context(), topics.experimentSignals, record, e, log, meters);
        } catch (RuntimeException e) {
            log.atError().addKeyValue("experiment", record.key()).setCause(e).log("handling a message failed");
            DeadLetterForwarder.send(context(), topics.experimentSignals, record, e, log, meters);
            reload(record.key());
        }
    }

    /** The experiments of that name get the states of the store. */
    private void reload(String name) {
        for (var state : List.copyOf(experiments.ofName(name))) {
            experiments.remove(name, state.experimentId());
            ended.remove(state.experimentId());
            load(state.experimentId(), entries(state.experimentId()));
        }
    }

    private void process(ExperimentInput input) {
        var targets = experiments.of(input);
        if (!targets.isEmpty()) {
            targets.forEach(state -> decide(state, input));
        } else if (input instanceof ExperimentInput.Ordered ordered
                && !ordered.command().target().equals(input.experiment())) {
            // What looked like an id may be the name of an experiment, whose messages have another key.
            var name = ordered.command().target();
            forward(topics.experimentSignals, name, new ExperimentInput.Ordered(name, ordered.command()));
        } else {
            decide(null, input);
        }
    }

    private void decide(@Nullable ExperimentState before, ExperimentInput input) {
        var now = input instanceof ExperimentInput.Submit
                ? experiments.timeOfSubmission(input.experiment(), now())
                : now();
        write(ExperimentDecider.decide(before, input, now));
    }

    private void write(Decision decision) {
        var outgoing = new ArrayList<Outgoing>();
        var state = decision.state();
        var entries = new LinkedHashMap<String, byte @Nullable []>();
        if (state != null && !decision.events().isEmpty()) {
            var id = state.experimentId();
            decision.events().stream()
                    .filter(ExperimentEvent::isLogged)
                    .forEach(event -> outgoing.add(outgoing(topics.experimentLog, id, event)));
            if (!outgoing.isEmpty()) {
                outgoing.add(outgoing(topics.experimentStatus, id, state.status()));
            }
            decision.changes()
                    .forEach((slot, fact) -> entries.put(
                            FactCodec.key(id, slot), fact == null ? null : topics.experimentFacts.encode(fact)));
        }
        decision.signals().forEach(signal -> outgoing.add(outgoing(topics.runSignals, signal.runId(), signal)));
        decision.answers().forEach(answer -> outgoing.add(outgoing(topics.commandAnswers, answer.target(), answer)));
        // Only now, when nothing can be refused any more, so that a decision goes out whole or not at all.
        if (state != null) {
            if (unreadable.remove(state.experimentId())) {
                entries(state.experimentId()).keySet().forEach(key -> facts().delete(key));
            }
            entries.forEach(this::store);
            keep(state);
        }
        outgoing.forEach(o -> context().forward(o.record(), o.sink()));
        if (!outgoing.isEmpty()) {
            commits().soon(); // a run or a user waits for it
            decision.events().forEach(ExperimentProcessor::tell);
        }
    }

    private void store(String key, byte @Nullable [] value) {
        if (value == null) {
            facts().delete(key);
        } else {
            facts().put(key, value);
        }
    }

    private static void tell(ExperimentEvent event) {
        if (event instanceof ExperimentEvent.Started started) {
            log.atInfo()
                    .addKeyValue("experiment", event.experimentId())
                    .addKeyValue("points", started.points())
                    .addKeyValue("runs", started.runs())
                    .log("experiment started");
        } else if (event instanceof ExperimentEvent.PointJudged point) {
            log.atInfo()
                    .addKeyValue("experiment", event.experimentId())
                    .addKeyValue("point", point.variant())
                    .addKeyValue("reason", point.reason())
                    .log(point.advanced() ? "point goes on" : "point pruned");
        } else if (event instanceof ExperimentEvent.Stopping stop) {
            log.atInfo()
                    .addKeyValue("experiment", event.experimentId())
                    .addKeyValue("reason", stop.reason())
                    .log("experiment is being stopped");
        } else if (event instanceof ExperimentEvent.Ended end) {
            log.atInfo()
                    .addKeyValue("experiment", event.experimentId())
                    .addKeyValue("outcome", end.outcome())
                    .addKeyValue("reason", end.reason())
                    .log("experiment ended");
        }
    }

    /** Removes experiments that ended before the retention began. The same spec would run again after that. */
    private void forgetEnded() {
        var before = now().minus(retention);
        List.copyOf(ended.values()).stream()
                .filter(state -> state.since().isBefore(before))
                .forEach(state -> {
                    entries(state.experimentId()).keySet().forEach(key -> facts().delete(key));
                    ended.remove(state.experimentId());
                    experiments.remove(state.experiment(), state.experimentId());
                });
    }

    private <V> void forward(Topic<V> topic, String key, V value) {
        var out = outgoing(topic, key, value);
        context().forward(out.record(), out.sink());
    }

    private <V> Outgoing outgoing(Topic<V> topic, String key, V value) {
        var record = new Record<>(key, topic.codec().encode(value), now().toEpochMilli());
        return new Outgoing(TopologyNames.sinkOf(topic.name(), NAME), record);
    }

    private record Outgoing(String sink, Record<String, byte[]> record) {}

    private Instant now() {
        return Instant.ofEpochMilli(context().currentSystemTimeMs());
    }

    private ProcessorContext<String, byte[]> context() {
        if (context == null) {
            throw new IllegalStateException("not initialised");
        }
        return context;
    }

    private GroupCommit commits() {
        if (commits == null) {
            throw new IllegalStateException("not initialised");
        }
        return commits;
    }

    private KeyValueStore<String, byte[]> facts() {
        if (facts == null) {
            throw new IllegalStateException("not initialised");
        }
        return facts;
    }
}
