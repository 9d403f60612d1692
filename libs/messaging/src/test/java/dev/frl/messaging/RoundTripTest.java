package dev.frl.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.experiment.ExperimentFact;
import dev.frl.core.run.RunFact;
import dev.frl.messaging.codec.Codec;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RoundTripTest {
    private final Topics topics = Samples.topics();

    static LongStream seeds() {
        return LongStream.range(0, 300);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void every_event_survives_exactly(long seed) {
        // Given
        var events = new Samples(seed).events();

        // When
        var read = events.stream().map(e -> trip(topics.runLog.codec(), e)).toList();

        // Then
        assertThat(read).as("seed %d", seed).isEqualTo(events);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void a_fact_of_the_store_keeps_its_slot_number_and_event(long seed) {
        // Given
        var facts = new Samples(seed)
                .events().stream()
                        .map(event -> new RunFact("slot-" + seed, seed << 33, event))
                        .toList();

        // When
        var read = facts.stream()
                .map(fact -> topics.facts.decode(FactCodec.key("run-7", fact.slot()), topics.facts.encode(fact)))
                .toList();

        // Then
        assertThat(read).as("seed %d", seed).isEqualTo(facts);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void every_message_of_an_experiment_survives_exactly(long seed) {
        // Given
        var samples = new Samples(seed);
        var events = samples.experimentEvents();
        var inputs = samples.experimentInputs();
        var status = samples.experimentStatus();

        // When
        var eventsRead =
                events.stream().map(e -> trip(topics.experimentLog.codec(), e)).toList();
        var inputsRead = inputs.stream()
                .map(i -> trip(topics.experimentSignals.codec(), i))
                .toList();

        // Then
        assertThat(eventsRead).as("seed %d", seed).isEqualTo(events);
        assertThat(inputsRead).as("seed %d", seed).isEqualTo(inputs);
        assertThat(trip(topics.experimentStatus.codec(), status))
                .as("seed %d", seed)
                .isEqualTo(status);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void a_fact_of_an_experiment_keeps_its_slot_number_and_event(long seed) {
        // Given
        var facts = new Samples(seed)
                .experimentEvents().stream()
                        .map(event -> new ExperimentFact("extension-run/" + seed, seed << 33, event))
                        .toList();

        // When
        var read = facts.stream()
                .map(fact -> topics.experimentFacts.decode(
                        FactCodec.key("exp-7", fact.slot()), topics.experimentFacts.encode(fact)))
                .toList();

        // Then
        assertThat(read).as("seed %d", seed).isEqualTo(facts);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void every_other_message_survives_exactly(long seed) {
        // Given
        var samples = new Samples(seed);
        var assigned = samples.assigned();
        var trained = samples.trained();
        var shard = samples.shard();
        var attacked = samples.attacked();
        var failed = samples.failed();
        var progress = samples.progress();
        var updated = samples.updated();
        var status = samples.status();
        var rejected = samples.rejected();
        var signals = samples.signals();
        var worker = samples.worker();
        var order = samples.order();
        var withdrawal = samples.withdrawal();
        var answer = samples.answer();

        // When
        var read = List.of(
                trip(topics.runAssignments.codec(), assigned),
                trip(topics.epochTrained.codec(), trained),
                trip(topics.attackShards.codec(), shard),
                trip(topics.shardAttacked.codec(), attacked),
                trip(topics.workFailures.codec(), failed),
                trip(topics.workProgress.codec(), progress),
                trip(topics.fairnessUpdates.codec(), updated),
                trip(topics.runStatus.codec(), status),
                trip(topics.specRejections.codec(), rejected),
                signals.stream().map(s -> trip(topics.runSignals.codec(), s)).toList(),
                trip(topics.workers.codec(), worker),
                trip(topics.workerCommands.codec(), order),
                trip(topics.withdrawals.codec(), withdrawal),
                trip(topics.commandAnswers.codec(), answer));

        // Then
        assertThat(read)
                .as("seed %d", seed)
                .isEqualTo(List.of(
                        assigned,
                        trained,
                        shard,
                        attacked,
                        failed,
                        progress,
                        updated,
                        status,
                        rejected,
                        signals,
                        worker,
                        order,
                        withdrawal,
                        answer));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void signals_and_facts_of_turns_survive_exactly(long seed) {
        // Given
        var signals = new Samples(seed).turnSignals();
        var facts = new Samples(seed).turnFacts();

        // When
        var readSignals =
                signals.stream().map(s -> trip(topics.turnSignals.codec(), s)).toList();
        var readFacts = facts.stream().map(f -> trip(topics.turnFacts, f)).toList();

        // Then
        assertThat(readSignals).as("seed %d", seed).isEqualTo(signals);
        assertThat(readFacts).as("seed %d", seed).isEqualTo(facts);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void the_order_of_a_variant_survives(long seed) {
        // Given
        var assigned = new Samples(seed).assigned();

        // When
        var read = trip(topics.runAssignments.codec(), assigned);

        // Then
        assertThat(read.plan().variant().keySet())
                .as("seed %d", seed)
                .containsExactlyElementsOf(assigned.plan().variant().keySet());
    }

    private static <V> V trip(Codec<V> codec, V value) {
        return codec.decode(codec.encode(value));
    }
}
