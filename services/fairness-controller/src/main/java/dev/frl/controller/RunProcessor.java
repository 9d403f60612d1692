package dev.frl.controller;

import dev.frl.core.run.Outbox;
import dev.frl.core.run.RunDecider;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.RunState;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.messaging.message.AttackShard;
import dev.frl.messaging.message.FairnessUpdated;
import dev.frl.messaging.message.RunAssigned;
import dev.frl.messaging.message.RunSignal;
import dev.frl.messaging.message.WorkFailed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives every message to its run's {@link RunDecider} and writes the decision: the events, the messages that follow from them, the
 * status and the journal. It does so exactly once, since all of this and the offset of the message are one transaction.
 */
final class RunProcessor implements Processor<String, byte[], String, byte[]> {
    /** Time between two checks of the deadlines. Deadlines are minutes, and Streams commits a transaction after each check. */
    private static final Duration TICK = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(RunProcessor.class);

    private final Topics topics;
    /** Runs that have not ended. Rebuilt from the store for every new task, so that an aborted transaction has no effect. */
    private final Map<String, RunState> open = new HashMap<>();

    /** Messages of the decision that is being written. */
    private final List<Outgoing> outgoing = new ArrayList<>();

    private @Nullable ProcessorContext<String, byte[]> context;
    private @Nullable KeyValueStore<String, List<RunEvent>> journals;
    private Instant upSince = Instant.EPOCH;

    RunProcessor(Topics topics) {
        this.topics = topics;
    }

    @Override
    public void init(ProcessorContext<String, byte[]> processorContext) {
        context = processorContext;
        KeyValueStore<String, List<RunEvent>> store = processorContext.getStateStore(TopologyNames.STORE);
        journals = store;
        upSince = now();
        try (var all = store.all()) {
            all.forEachRemaining(entry -> keep(entry.key, RunState.replay(entry.value)));
        }
        processorContext.schedule(TICK, PunctuationType.WALL_CLOCK_TIME, timestamp -> tick());
    }

    @Override
    public void process(Record<String, byte[]> record) {
        var topic = topic();
        try {
            var addressed = read(topic.name(), record);
            if (!addressed.runId().equals(record.key())) {
                throw new UnreadableMessage(
                        "its key is %s, but it is about run %s".formatted(record.key(), addressed.runId()));
            }
            decide(addressed.runId(), addressed.input());
        } catch (UnreadableMessage e) {
            DeadLetterForwarder.send(context(), topic, record, e, log);
        } catch (IllegalArgumentException | IllegalStateException e) {
            // The message breaks a rule. The run keeps the state in the store, and the other runs continue.
            open.remove(record.key());
            outgoing.clear();
            log.atError().addKeyValue("run", record.key()).setCause(e).log("handling a message failed");
            DeadLetterForwarder.send(context(), topic, record, e, log);
        }
    }

    private Topic<?> topic() {
        var name = context().recordMetadata().orElseThrow().topic();
        return topics.all().stream()
                .filter(t -> t.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private record Addressed(String runId, RunInput input) {}

    private Addressed read(String topic, Record<String, byte[]> record) {
        if (record.value() == null) {
            throw new UnreadableMessage("it has no value");
        }
        if (topic.equals(topics.epochTrained.name())) {
            var trained = topics.epochTrained.codec().decode(record.value());
            return new Addressed(trained.runId(), new RunInput.Trained(trained.decidedAt(now())));
        }
        if (topic.equals(topics.shardAttacked.name())) {
            var shard = topics.shardAttacked.codec().decode(record.value());
            return new Addressed(
                    shard.runId(),
                    new RunInput.ShardAttacked(
                            shard.part(),
                            shard.epoch(),
                            shard.shard(),
                            shard.weightsSha256(),
                            shard.tally(),
                            shard.duration(),
                            shard.host()));
        }
        if (topic.equals(topics.workFailures.name())) {
            return failed(topics.workFailures.codec().decode(record.value()));
        }
        return signal(topics.runSignals.codec().decode(record.value()));
    }

    private static Addressed failed(WorkFailed failed) {
        var shard = failed.work() instanceof WorkFailed.Shard s ? s : null;
        return new Addressed(
                failed.runId(),
                new RunInput.WorkFailed(
                        shard == null ? null : shard.part(),
                        failed.work().epoch(),
                        shard == null ? -1 : shard.shard(),
                        failed.attempt(),
                        failed.reason(),
                        failed.retryable(),
                        failed.host()));
    }

    private static Addressed signal(RunSignal signal) {
        RunInput input;
        if (signal instanceof RunSignal.Planned planned) {
            input = new RunInput.Plan(planned.plan());
        } else if (signal instanceof RunSignal.Awaited awaited) {
            input = new RunInput.Await(awaited.dependents());
        } else if (signal instanceof RunSignal.WarmStartReady ready) {
            input = new RunInput.WarmStartReady(ready.weights());
        } else if (signal instanceof RunSignal.WarmStartFailed failed) {
            input = new RunInput.WarmStartFailed(failed.reason());
        } else {
            throw new IllegalStateException("unknown signal " + signal);
        }
        return new Addressed(signal.runId(), input);
    }

    private void tick() {
        for (var runId : List.copyOf(open.keySet())) {
            decide(runId, new RunInput.Tick(upSince));
        }
    }

    private void decide(String runId, RunInput input) {
        var decision = RunDecider.decide(state(runId), input, now());
        var state = decision.state();
        if (state == null) {
            throw new UnreadableMessage("run %s is unknown".formatted(runId));
        }
        if (decision.events().isEmpty()) {
            return;
        }
        decision.events().forEach(event -> send(topics.runLog, runId, event));
        var messages = decision.events().stream()
                .flatMap(event -> Outbox.of(state, event).stream())
                .toList();
        messages.forEach(this::send);
        send(topics.runStatus, runId, state.status());
        journals().put(runId, state.journal());
        keep(runId, state);
        // Forwarded only here, where nothing can throw any more, so that a decision is sent completely or not at all.
        outgoing.forEach(o -> context().forward(o.record(), TopologyNames.sinkOf(o.topic())));
        outgoing.clear();
        if (!messages.isEmpty() || state.phase().isTerminal()) {
            // A service waits for these messages. A decision without messages, such as most shards, shares a
            // transaction.
            context().commit();
        }
        decision.events().forEach(event -> RunLogger.tell(event, log));
    }

    private @Nullable RunState state(String runId) {
        var state = open.get(runId);
        if (state != null) {
            return state;
        }
        var journal = journals().get(runId);
        return journal == null ? null : RunState.replay(journal);
    }

    private void keep(String runId, RunState state) {
        if (state.phase().isTerminal()) {
            open.remove(runId);
        } else {
            open.put(runId, state);
        }
    }

    private void send(Outbox.Message message) {
        var at = now();
        if (message instanceof Outbox.Assignment a) {
            send(topics.runAssignments, a.plan().runId(), new RunAssigned(a.plan(), a.attempt(), a.warmStart(), at));
        } else if (message instanceof Outbox.ShardTask task) {
            send(topics.attackShards, task.plan().runId(), attackShard(task));
        } else if (message instanceof Outbox.Update u) {
            send(
                    topics.fairnessUpdates,
                    u.runId(),
                    new FairnessUpdated(u.runId(), u.update(), u.last(), u.errors(), u.bestEpoch(), at));
        } else if (message instanceof Outbox.Signal signal) {
            var to = signal.toRun();
            send(
                    topics.runSignals,
                    to,
                    signal.input() instanceof RunInput.WarmStartReady ready
                            ? new RunSignal.WarmStartReady(to, ready.weights(), at)
                            : new RunSignal.WarmStartFailed(
                                    to, ((RunInput.WarmStartFailed) signal.input()).reason(), at));
        }
    }

    private static AttackShard attackShard(Outbox.ShardTask task) {
        var request = task.request();
        return new AttackShard(
                request.runId(),
                request.part(),
                request.epoch(),
                task.shard(),
                task.shardCount(),
                request.attempt(),
                request.weights(),
                request.selection(),
                task.plan().canonicalSpec(),
                task.plan().specSha256());
    }

    private <V> void send(Topic<V> topic, String key, V value) {
        var record = new Record<>(key, topic.codec().encode(value), now().toEpochMilli());
        outgoing.add(new Outgoing(topic.name(), record));
    }

    private record Outgoing(String topic, Record<String, byte[]> record) {}

    private Instant now() {
        return Instant.ofEpochMilli(context().currentSystemTimeMs());
    }

    private ProcessorContext<String, byte[]> context() {
        if (context == null) {
            throw new IllegalStateException("not initialised");
        }
        return context;
    }

    private KeyValueStore<String, List<RunEvent>> journals() {
        if (journals == null) {
            throw new IllegalStateException("not initialised");
        }
        return journals;
    }
}
