package dev.frl.controller;

import static java.util.Objects.requireNonNull;

import dev.frl.core.experiment.ExperimentInput;
import dev.frl.core.run.Outbox;
import dev.frl.core.run.RunDecider;
import dev.frl.core.run.RunFact;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.RunState;
import dev.frl.core.run.Slots;
import dev.frl.core.turn.TurnInput;
import dev.frl.messaging.CloudEvents;
import dev.frl.messaging.FactCodec;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.service.tracing.Tracing;
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
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
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
 * Hands every message to its run's {@link RunDecider} and writes what that decides: the events, the messages that follow from
 * them, the status, and the run's entries in the store. Exactly once, since all of it shares a transaction with the message's
 * offset. Nothing is written before a decision is complete; after a failure the run's state is loaded from the store again.
 */
final class RunProcessor implements Processor<String, byte[], String, byte[]> {
    /** Time between two checks of the deadlines. Deadlines are minutes, and Streams commits a transaction after each check. */
    private static final Duration TICK = Duration.ofSeconds(5);

    /** Its name in the topology. */
    static final String NAME = "runs";

    /** What it writes, beside its dead letters. */
    static final Function<Topics, List<Topic<?>>> OUTPUTS = topics -> List.of(
            topics.runLog,
            topics.runAssignments,
            topics.attackShards,
            topics.fairnessUpdates,
            topics.runStatus,
            topics.withdrawals,
            topics.runSignals,
            topics.turnSignals,
            topics.experimentSignals,
            topics.commandAnswers);

    private static final Logger log = LoggerFactory.getLogger(RunProcessor.class);

    /** A longer pause between two ticks means that this process was suspended: SIGSTOP, a sleeping laptop. */
    private static final Duration SUSPENDED = TICK.multipliedBy(6);

    private static final Headers NO_HEADERS = new RecordHeaders();

    /** How often counted shards and progress show in the status. */
    private static final Duration STATUS = Duration.ofSeconds(1);

    private final Topics topics;
    private final ControllerMeters meters;
    private final RunTraces traces;
    private final Duration retention;
    private final Map<String, Topic<? extends RunInput>> inputs = new HashMap<>();
    private final Map<String, String> sinks = new HashMap<>();
    /** Runs whose status lacks some counted shards, or a report of progress. */
    private final Set<String> behind = new HashSet<>();

    /** Runs whose entries could not be read, with the reason. */
    private final Map<String, String> unreadable = new LinkedHashMap<>();

    private @Nullable GroupCommit commits;
    private Instant lastTick = Instant.EPOCH;
    /** Runs that have not ended. Rebuilt from the store for every new task, so that an aborted transaction has no effect. */
    private final Map<String, RunState> open = new HashMap<>();

    /** Ended runs of the store, with the times of their ends. */
    private final Map<String, Instant> ended = new HashMap<>();

    /** Messages of the decision that is being written. */
    private final List<Outgoing> outgoing = new ArrayList<>();

    private @Nullable ProcessorContext<String, byte[]> context;
    private @Nullable KeyValueStore<String, byte[]> facts;
    private Instant upSince = Instant.EPOCH;

    /** @param retention how long ended runs stay in the store */
    RunProcessor(Topics topics, Duration retention, ControllerMeters meters, Tracing tracing) {
        this.traces = new RunTraces(tracing);
        this.topics = topics;
        this.meters = meters;
        this.retention = retention;
        Stream.of(
                        topics.runSignals,
                        topics.epochTrained,
                        topics.shardAttacked,
                        topics.workFailures,
                        topics.workProgress)
                .forEach(topic -> inputs.put(topic.name(), topic));
        OUTPUTS.apply(topics).forEach(topic -> sinks.put(topic.name(), TopologyNames.sinkOf(topic.name(), NAME)));
    }

    @Override
    public void init(ProcessorContext<String, byte[]> processorContext) {
        context = processorContext;
        commits = new GroupCommit(processorContext);
        KeyValueStore<String, byte[]> store = processorContext.getStateStore(TopologyNames.STORE);
        facts = store;
        upSince = now();
        lastTick = upSince;
        loadOpenRuns(store);
        processorContext.schedule(TICK, PunctuationType.WALL_CLOCK_TIME, timestamp -> tick());
        processorContext.schedule(STATUS, PunctuationType.WALL_CLOCK_TIME, timestamp -> catchUpStatus());
    }

    /** A run whose entries cannot be read does not keep the others from starting; it is failed at the first tick. */
    private void loadOpenRuns(KeyValueStore<String, byte[]> store) {
        var entries = new HashMap<String, Map<String, byte[]>>();
        try (var all = store.all()) {
            all.forEachRemaining(entry -> {
                try {
                    entries.computeIfAbsent(FactCodec.owner(entry.key), run -> new LinkedHashMap<>())
                            .put(entry.key, entry.value);
                } catch (UnreadableMessage e) {
                    log.atError().addKeyValue("reason", e.getMessage()).log("an entry of the store belongs to no run");
                }
            });
        }
        entries.forEach((runId, of) -> {
            try {
                var end = of.get(FactCodec.key(runId, Slots.ENDED));
                if (end == null) {
                    keep(runId, load(of));
                } else { // of an ended run, only the time of its end is of interest
                    ended.put(
                            runId,
                            topics.facts
                                    .decode(FactCodec.key(runId, Slots.ENDED), end)
                                    .event()
                                    .at());
                }
            } catch (RuntimeException e) {
                log.atError().addKeyValue("run", runId).setCause(e).log("the run's state cannot be read");
                unreadable.put(runId, "its state cannot be read: " + e.getMessage());
            }
        });
    }

    private RunState load(Map<String, byte[]> entries) {
        var of = new ArrayList<RunFact>();
        entries.forEach((key, value) -> of.add(topics.facts.decode(key, value)));
        return RunState.load(of);
    }

    private Map<String, byte[]> entries(String runId) {
        var entries = new LinkedHashMap<String, byte[]>();
        try (var found = facts().prefixScan(FactCodec.key(runId, ""), new StringSerializer())) {
            found.forEachRemaining(entry -> entries.put(entry.key, entry.value));
        }
        return entries;
    }

    @Override
    public void process(Record<String, byte[]> record) {
        commits().input();
        var topic = topic();
        try {
            if (record.value() == null) {
                throw new UnreadableMessage("it has no value");
            }
            var input = topic.codec().decode(record.value());
            if (!input.runId().equals(record.key())) {
                throw new UnreadableMessage(String.format(
                        Locale.ROOT, "its key is %s, but it is about run %s", record.key(), input.runId()));
            }
            decide(input, record.headers());
        } catch (UnreadableMessage e) {
            DeadLetterForwarder.send(context(), topic, record, e, log, meters);
        } catch (RuntimeException e) {
            // The run keeps the state in the store, and the other runs continue.
            open.remove(record.key());
            outgoing.clear();
            log.atError().addKeyValue("run", record.key()).setCause(e).log("handling a message failed");
            DeadLetterForwarder.send(context(), topic, record, e, log, meters);
        }
    }

    private Topic<? extends RunInput> topic() {
        return requireNonNull(
                inputs.get(context().recordMetadata().orElseThrow().topic()));
    }

    private void tick() {
        var now = now();
        if (Duration.between(lastTick, now).compareTo(SUSPENDED) > 0) {
            upSince = now; // this process was suspended; nobody's deadline counts that time
        }
        lastTick = now;
        unreadable.forEach(this::failUnreadable);
        unreadable.clear();
        forgetEndedRuns(now.minus(retention));
        for (var runId : List.copyOf(open.keySet())) {
            try {
                decide(new RunInput.Tick(runId, upSince));
            } catch (RuntimeException e) {
                log.atError().addKeyValue("run", runId).setCause(e).log("checking a deadline failed");
                giveUp(runId, "the controller cannot continue it: " + e);
            }
        }
        meters.runs(this, open.values());
    }

    /** Removes runs that ended before a time. The same spec would run again after that. */
    private void forgetEndedRuns(Instant before) {
        var old = ended.entrySet().stream()
                .filter(run -> run.getValue().isBefore(before))
                .map(Map.Entry::getKey)
                .toList();
        old.forEach(runId -> {
            entries(runId).keySet().forEach(key -> facts().delete(key));
            ended.remove(runId);
        });
    }

    /** Ends a run as failed, from the state in the store. */
    private void giveUp(String runId, String reason) {
        open.remove(runId);
        outgoing.clear();
        try {
            decide(new RunInput.GiveUp(runId, reason));
        } catch (RuntimeException e) {
            outgoing.clear();
            failUnreadable(runId, reason);
        }
    }

    /** Ends a run of which only the plan can be read; without it, only its entries are removed. */
    private void failUnreadable(String runId, String reason) {
        var entries = entries(runId);
        var planned = FactCodec.key(runId, Slots.PLANNED);
        try {
            open.put(runId, load(Map.of(planned, requireNonNull(entries.get(planned), "no plan"))));
            decide(new RunInput.GiveUp(runId, reason));
        } catch (RuntimeException e) {
            open.remove(runId);
            outgoing.clear();
            log.atError()
                    .addKeyValue("run", runId)
                    .addKeyValue("entries", entries.size())
                    .setCause(e)
                    .log("the run's entries are removed, because not even its plan can be read");
            entries.keySet().forEach(key -> facts().delete(key));
            send(topics.turnSignals, runId, new TurnInput.Released(runId)); // others may have its trainer
            forwardOutgoing();
            return;
        }
        entries.keySet().stream().filter(key -> !key.equals(planned)).forEach(key -> {
            if (!key.equals(FactCodec.key(runId, Slots.ENDED))) {
                facts().delete(key);
            }
        });
    }

    private void decide(RunInput input) {
        decide(input, NO_HEADERS);
    }

    /** @param cause headers of the message that the input came in */
    private void decide(RunInput input, Headers cause) {
        long begin = System.nanoTime();
        var runId = input.runId();
        var before = state(runId);
        var evaluated = before == null ? null : before.evaluated();
        var decision = RunDecider.decide(before, input, now());
        var state = decision.state();
        if (state == null && decision.replies().isEmpty()) {
            throw new UnreadableMessage(String.format(Locale.ROOT, "run %s is unknown", runId));
        }
        decision.replies().forEach(this::send);
        if (state == null || decision.events().isEmpty()) {
            forwardOutgoing();
            if (!decision.replies().isEmpty()) {
                commits().soon();
            }
            return;
        }
        boolean quiet = true; // nobody waits for it
        for (var event : decision.events()) {
            if (event.isLogged()) {
                quiet = false;
                send(topics.runLog, runId, event);
            }
        }
        for (var event : decision.events()) {
            try (var span = traces.begin(event, cause)) {
                Outbox.of(state, event).forEach(this::send);
            }
        }
        if (!quiet) {
            send(topics.runStatus, runId, state.status());
        }
        var entries = new LinkedHashMap<String, byte @Nullable []>();
        decision.changes()
                .forEach((slot, fact) ->
                        entries.put(FactCodec.key(runId, slot), fact == null ? null : topics.facts.encode(fact)));
        // Only now, when nothing can be refused any more, so that a decision goes out whole or not at all.
        entries.forEach(this::store);
        keep(runId, state);
        forwardOutgoing();
        traces.decided(state, evaluated);
        meters.decided(state, decision.events(), System.nanoTime() - begin);
        if (quiet) {
            behind.add(runId);
        } else {
            behind.remove(runId);
            commits().soon();
            decision.events().forEach(event -> RunLogger.tell(event, log));
        }
    }

    private void store(String key, byte @Nullable [] value) {
        if (value == null) {
            facts().delete(key);
        } else {
            facts().put(key, value);
        }
    }

    private void catchUpStatus() {
        for (var runId : behind) {
            var state = open.get(runId);
            if (state != null) {
                send(topics.runStatus, runId, state.status());
            }
        }
        behind.clear();
        forwardOutgoing();
    }

    private void forwardOutgoing() {
        outgoing.forEach(o -> context().forward(o.record(), o.sink()));
        outgoing.clear();
    }

    private @Nullable RunState state(String runId) {
        var state = open.get(runId);
        if (state != null) {
            return state;
        }
        var entries = entries(runId);
        if (entries.isEmpty()) {
            return null;
        }
        if (!ended.containsKey(runId)) {
            upSince = now(); // reports of progress are not stored; waiting begins anew rather than too early
        }
        return load(entries);
    }

    private void keep(String runId, RunState state) {
        if (state.phase().isTerminal()) {
            open.remove(runId);
            ended.put(runId, state.since());
        } else {
            open.put(runId, state);
        }
    }

    private void send(Outbox.Message message) {
        if (message instanceof Outbox.Assignment assignment) {
            send(topics.runAssignments, message.runId(), assignment);
        } else if (message instanceof Outbox.ShardTask task) {
            send(topics.attackShards, message.runId(), task);
        } else if (message instanceof Outbox.Update update) {
            send(topics.fairnessUpdates, message.runId(), update);
        } else if (message instanceof Outbox.ToRun toRun) {
            send(topics.runSignals, message.runId(), toRun.signal());
        } else if (message instanceof Outbox.ToTurns toTurns) {
            send(topics.turnSignals, message.runId(), toTurns.input());
        } else if (message instanceof Outbox.ToExperiment told) {
            send(topics.experimentSignals, told.report().experiment(), new ExperimentInput.RunReported(told.report()));
        } else if (message instanceof Outbox.Withdrawal withdrawal) {
            send(topics.withdrawals, message.runId(), withdrawal);
        } else if (message instanceof Outbox.Answered answered) {
            send(topics.commandAnswers, answered.answer().target(), answered.answer());
        } else {
            throw new IllegalStateException("a message without a topic: " + message);
        }
    }

    private <V> void send(Topic<V> topic, String key, V value) {
        var headers = new RecordHeaders();
        if (traces.on()) {
            Tracing.putCurrent(headers);
        }
        var bytes = topic.codec().encode(value);
        if (topic.equals(topics.runStatus)) {
            CloudEvents.addHeaders(headers, CloudEvents.RUN_STATUS, key, now(), bytes);
        }
        var record = new Record<>(key, bytes, now().toEpochMilli(), headers);
        outgoing.add(new Outgoing(requireNonNull(sinks.get(topic.name())), record));
    }

    private record Outgoing(String sink, Record<String, byte[]> record) {}

    private Instant now() {
        return Instant.ofEpochMilli(context().currentSystemTimeMs());
    }

    @Override
    public void close() {
        meters.gone(this);
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
