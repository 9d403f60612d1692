package dev.frl.controller;

import static dev.frl.service.metrics.ServiceMeter.DEAD_LETTERS;
import static dev.frl.service.metrics.ServiceMeter.DECISION;
import static dev.frl.service.metrics.ServiceMeter.ENDED_RUNS;
import static dev.frl.service.metrics.ServiceMeter.EPOCH_DECISION;
import static dev.frl.service.metrics.ServiceMeter.LEDGER_GAPS;
import static dev.frl.service.metrics.ServiceMeter.OPEN_RUNS;
import static dev.frl.service.metrics.ServiceMeter.OUTSTANDING_SHARDS;
import static dev.frl.service.metrics.ServiceMeter.SHARDS_REQUESTED_AGAIN;
import static dev.frl.service.metrics.ServiceMeter.TRAINERS_IN_SIGHT;
import static dev.frl.service.metrics.ServiceMeter.TRAINING_REQUESTED_AGAIN;
import static dev.frl.service.metrics.ServiceMeter.WAITING_RUNS;

import dev.frl.core.run.Phase;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunState;
import dev.frl.core.turn.Turns;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.service.metrics.ServiceMetrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The meters of a controller instance, which several tasks share. A decision whose transaction is aborted counts, and counts again when
 * it is repeated. Thread-safe.
 */
final class ControllerMeters {
    private final MeterRegistry meters;
    private final Timer decisions;
    private final Timer epochDecisions;
    private final Counter shardsAgain;
    private final Counter trainingAgain;

    /** What each task that is assigned to this instance saw last. */
    private final Map<Object, OfRuns> runs = new ConcurrentHashMap<>();

    private final Map<Object, OfTurns> turns = new ConcurrentHashMap<>();

    private record OfRuns(long outstandingShards, long ledgerGaps, Map<Phase, Long> phases) {}

    private record OfTurns(int waitingRuns, int trainers) {}

    ControllerMeters(MeterRegistry meters, Topics topics) {
        this.meters = meters;
        decisions = DECISION.timer(meters);
        epochDecisions = EPOCH_DECISION.timer(meters);
        shardsAgain = SHARDS_REQUESTED_AGAIN.counter(meters);
        trainingAgain = TRAINING_REQUESTED_AGAIN.counter(meters);
        OUTSTANDING_SHARDS.gauge(
                meters,
                () -> runs.values().stream()
                        .mapToLong(OfRuns::outstandingShards)
                        .sum());
        LEDGER_GAPS.gauge(
                meters,
                () -> runs.values().stream().mapToLong(OfRuns::ledgerGaps).sum());
        WAITING_RUNS.gauge(
                meters,
                () -> turns.values().stream().mapToInt(OfTurns::waitingRuns).sum());
        TRAINERS_IN_SIGHT.gauge(
                meters,
                () -> turns.values().stream().mapToInt(OfTurns::trainers).sum());
        for (var phase : Phase.values()) {
            if (phase.isTerminal()) {
                ENDED_RUNS.counter(meters, label(phase));
            } else {
                OPEN_RUNS.gauge(
                        meters,
                        () -> runs.values().stream()
                                .mapToLong(of -> of.phases().getOrDefault(phase, 0L))
                                .sum(),
                        label(phase));
            }
        }
        // Each from the start, so that the first message is an increase.
        Stream.of(
                        topics.experimentSignals,
                        topics.runSignals,
                        topics.epochTrained,
                        topics.shardAttacked,
                        topics.workFailures,
                        topics.workProgress,
                        topics.turnSignals)
                .map(Topic::name)
                .forEach(topic -> DEAD_LETTERS.counter(meters, topic));
    }

    /** Meters that nobody reads. */
    static ControllerMeters none(Topics topics) {
        return new ControllerMeters(ServiceMetrics.none(), topics);
    }

    /** What a task knows of its open runs. */
    void runs(Object task, Collection<RunState> open) {
        long shards = 0;
        long gaps = 0;
        var phases = new EnumMap<Phase, Long>(Phase.class);
        for (var run : open) {
            shards += run.outstandingShards();
            gaps += run.ledgerGaps();
            phases.merge(run.phase(), 1L, Long::sum);
        }
        runs.put(task, new OfRuns(shards, gaps, phases));
    }

    /** What the task of the turns knows. */
    void turns(Object task, Turns now) {
        turns.put(task, new OfTurns(now.waitingRuns(), now.trainersInSight()));
    }

    /** Another instance has the task now. */
    void gone(Object task) {
        runs.remove(task);
        turns.remove(task);
    }

    /**
     * A decision was written.
     *
     * @param run after it
     */
    void decided(RunState run, Collection<? extends RunEvent> events, long nanos) {
        var duration = Duration.ofNanos(nanos);
        decisions.record(duration);
        for (var event : events) {
            if (event instanceof RunEvent.EpochEvaluated) {
                epochDecisions.record(duration);
            } else if (event instanceof RunEvent.ShardsRequested request && request.reason() != null) {
                shardsAgain.increment(request.shard() == null ? run.outstandingShards() : 1);
            } else if (event instanceof RunEvent.TrainingRequested request && request.reason() != null) {
                trainingAgain.increment();
            } else if (event instanceof RunEvent.Finished) {
                ENDED_RUNS.counter(meters, label(Phase.FINISHED)).increment();
            } else if (event instanceof RunEvent.Failed) {
                ENDED_RUNS.counter(meters, label(Phase.FAILED)).increment();
            } else if (event instanceof RunEvent.Stopped) {
                ENDED_RUNS.counter(meters, label(Phase.STOPPED)).increment();
            }
        }
    }

    void deadLetter(Topic<?> from) {
        DEAD_LETTERS.counter(meters, from.name()).increment();
    }

    private static String label(Phase phase) {
        return phase.name().toLowerCase(Locale.ROOT);
    }
}
