package dev.frl.controller;

import dev.frl.core.run.RunInput;
import dev.frl.core.turn.TurnFact;
import dev.frl.core.turn.TurnInput;
import dev.frl.core.turn.Turns;
import dev.frl.messaging.Topics;
import dev.frl.messaging.codec.UnreadableMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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
 * Hands every message about turns to {@link Turns} and writes what that decides: signals to runs, and entries in the store. Exactly
 * once, since both share a transaction with the message's offset. There is one of it, since its topic has one partition.
 */
final class TurnProcessor implements Processor<String, byte[], String, byte[]> {
    /** Its name in the topology. */
    static final String NAME = "turns";

    /** Time between two looks at silent trainers and impatient runs. Both are minutes. */
    static final Duration TICK = Duration.ofSeconds(5);

    /** A longer pause between two ticks means that this process was suspended: SIGSTOP, a sleeping laptop. */
    private static final Duration SUSPENDED = TICK.multipliedBy(6);

    private static final Logger log = LoggerFactory.getLogger(TurnProcessor.class);

    private final Topics topics;
    private final ControllerMeters meters;
    private final String sink;

    /** Entries that could not be read, with the reason. */
    private final Map<String, String> unreadable = new LinkedHashMap<>();

    /** Rebuilt from the store for every new task, so that an aborted transaction has no effect. */
    private @Nullable Turns turns;

    private @Nullable GroupCommit commits;
    private @Nullable ProcessorContext<String, byte[]> context;
    private @Nullable KeyValueStore<String, byte[]> facts;
    private Instant upSince = Instant.EPOCH;
    private Instant lastTick = Instant.EPOCH;

    TurnProcessor(Topics topics, ControllerMeters meters) {
        this.topics = topics;
        this.meters = meters;
        this.sink = TopologyNames.sinkOf(topics.runSignals.name(), NAME);
    }

    @Override
    public void init(ProcessorContext<String, byte[]> processorContext) {
        context = processorContext;
        commits = new GroupCommit(processorContext);
        facts = processorContext.getStateStore(TopologyNames.TURN_STORE);
        load();
        lastTick = upSince;
        processorContext.schedule(TICK, PunctuationType.WALL_CLOCK_TIME, timestamp -> tick());
    }

    /** When trainers were heard of is not stored, so all of them count as heard of now. */
    private void load() {
        upSince = now();
        unreadable.clear();
        var readable = new ArrayList<TurnFact>();
        try (var all = facts().all()) {
            all.forEachRemaining(entry -> {
                try {
                    var fact = topics.turnFacts.decode(entry.value);
                    if (!fact.key().equals(entry.key)) {
                        throw new UnreadableMessage(String.format(Locale.ROOT, "it is about %s", fact.key()));
                    }
                    readable.add(fact);
                } catch (RuntimeException e) {
                    log.atError().addKeyValue("entry", entry.key).setCause(e).log("an entry of turns cannot be read");
                    unreadable.put(entry.key, String.valueOf(e.getMessage()));
                }
            });
        }
        turns = Turns.load(readable, upSince);
    }

    @Override
    public void process(Record<String, byte[]> record) {
        commits().input();
        try {
            if (record.value() == null) {
                throw new UnreadableMessage("it has no value");
            }
            var input = topics.turnSignals.codec().decode(record.value());
            if (!subject(input).equals(record.key())) {
                throw new UnreadableMessage(
                        String.format(Locale.ROOT, "its key is %s, but it is about %s", record.key(), subject(input)));
            }
            write(turns().decide(input, now()));
        } catch (UnreadableMessage e) {
            DeadLetterForwarder.send(context(), topics.turnSignals, record, e, log, meters);
        } catch (RuntimeException e) {
            log.atError().addKeyValue("about", record.key()).setCause(e).log("handling a message failed");
            DeadLetterForwarder.send(context(), topics.turnSignals, record, e, log, meters);
            load();
        }
    }

    private static String subject(TurnInput input) {
        if (input instanceof TurnInput.Wanted wanted) {
            return wanted.runId();
        } else if (input instanceof TurnInput.Released released) {
            return released.runId();
        } else if (input instanceof TurnInput.TrainerSeen seen) {
            return seen.trainer();
        } else if (input instanceof TurnInput.TrainerGone gone) {
            return gone.trainer();
        }
        throw new IllegalStateException("an input about nothing: " + input);
    }

    private void tick() {
        var now = now();
        if (Duration.between(lastTick, now).compareTo(SUSPENDED) > 0) {
            upSince = now; // this process was suspended, and heard of nobody in that time
        }
        lastTick = now;
        try {
            Map.copyOf(unreadable).forEach(this::drop);
            unreadable.clear();
            write(turns().tick(now, upSince));
            meters.turns(this, turns());
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("a look at trainers and waiting runs failed");
            load();
        }
    }

    /** A run that would wait for ever is told. All else comes again by itself, or is over when its run ends. */
    private void drop(String key, String reason) {
        TurnFact.Waiting.runOf(key)
                .ifPresent(run -> write(new Turns.Decision(
                        List.of(new Turns.GiveUp(run, "its place in the line of runs cannot be read: " + reason)),
                        Map.of())));
        facts().delete(key);
    }

    private void write(Turns.Decision decision) {
        var signals = decision.signals().stream()
                .map(signal -> new Record<>(
                        signal.runId(), topics.runSignals.codec().encode(toRun(signal)), now().toEpochMilli()))
                .toList();
        var entries = new LinkedHashMap<String, byte @Nullable []>();
        decision.changes()
                .forEach((key, fact) -> entries.put(key, fact == null ? null : topics.turnFacts.encode(fact)));
        // Only now, when nothing can be refused any more, so that a decision goes out whole or not at all.
        entries.forEach(this::store);
        signals.forEach(signal -> context().forward(signal, sink));
        if (!signals.isEmpty()) {
            commits().soon(); // a trainer waits for it
            decision.signals()
                    .forEach(signal -> log.atInfo()
                            .addKeyValue("run", signal.runId())
                            .log(
                                    signal instanceof Turns.GiveUp giveUp
                                            ? "run gets no trainer: " + giveUp.reason()
                                            : "run may have a trainer"));
        }
    }

    private static RunInput.Signal toRun(Turns.Told told) {
        if (told instanceof Turns.Turn turn) {
            return new RunInput.Turn(turn.runId(), turn.attempt());
        } else if (told instanceof Turns.GiveUp giveUp) {
            return new RunInput.GiveUp(giveUp.runId(), giveUp.reason());
        }
        throw new IllegalStateException("told what nobody reads: " + told);
    }

    private void store(String key, byte @Nullable [] value) {
        if (value == null) {
            facts().delete(key);
        } else {
            facts().put(key, value);
        }
    }

    private GroupCommit commits() {
        if (commits == null) {
            throw new IllegalStateException("not initialised");
        }
        return commits;
    }

    private Instant now() {
        return Instant.ofEpochMilli(context().currentSystemTimeMs());
    }

    private Turns turns() {
        if (turns == null) {
            throw new IllegalStateException("not initialised");
        }
        return turns;
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

    private KeyValueStore<String, byte[]> facts() {
        if (facts == null) {
            throw new IllegalStateException("not initialised");
        }
        return facts;
    }
}
