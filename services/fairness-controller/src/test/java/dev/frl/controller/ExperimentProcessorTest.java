package dev.frl.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.command.Command;
import dev.frl.core.command.Verb;
import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.experiment.ExperimentEvent.Ended;
import dev.frl.core.experiment.ExperimentInput;
import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.RunReport;
import dev.frl.core.run.RunReport.Score;
import dev.frl.messaging.FactCodec;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.service.StandardTopics;
import dev.frl.spec.Admission;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExperimentProcessorTest {
    private final Topics topics = StandardTopics.create();
    private final MockProcessorContext<String, byte[]> context = new MockProcessorContext<>();
    private final KeyValueStore<String, byte[]> facts = Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore(TopologyNames.EXPERIMENT_STORE), Serdes.String(), Serdes.ByteArray())
            .withLoggingDisabled()
            .build();
    private final ExperimentPlan small = plan(Answered.SPEC);
    private final ExperimentPlan other = plan(Answered.SPEC.replace("small}\nspec", "other}\nspec"));
    private ExperimentProcessor experiments =
            new ExperimentProcessor(topics, ControllerService.RETENTION, ControllerMeters.none(topics));
    private long clock = 1_000_000;

    private static ExperimentPlan plan(String spec) {
        var read = new SpecReader(new StandardCatalogue()).read(spec.getBytes(StandardCharsets.UTF_8));
        return ((Admission.Admitted) read).plan();
    }

    @BeforeEach
    void start() {
        context.setCurrentSystemTimeMs(clock);
        facts.init(context.getStateStoreContext(), facts);
        context.setRecordMetadata(topics.experimentSignals.name(), 0, 0);
        restart();
    }

    @Test
    void a_spec_becomes_plans_of_its_runs_events_and_a_status() {
        // When
        submit(small);

        // Then
        var run = small.points().get(0).replicas().get(0);
        var warm = small.warmStarts().get(0);
        assertThat(sent(topics.runSignals))
                .containsExactly(
                        new RunInput.Plan(warm, 1),
                        new RunInput.Plan(run, 1),
                        new RunInput.Await(warm.runId(), run.runId()));
        assertThat(sent(topics.experimentLog)).allMatch(ExperimentEvent::isLogged);
        assertThat(sent(topics.experimentLog)).hasSize(4);
        assertThat(status().phase()).isEqualTo(ExperimentPhase.RUNNING);
        assertThat(context.committed()).isTrue();
    }

    @Test
    void an_experiment_goes_on_after_a_restart() {
        // Given
        submit(small);
        restart();

        // When
        input(finished(small));

        // Then
        assertThat(sent(topics.experimentLog)).last().isInstanceOf(Ended.class);
        assertThat(status().phase()).isEqualTo(ExperimentPhase.FINISHED);
    }

    @Test
    void an_experiment_whose_entries_are_damaged_does_not_disturb_others_and_can_be_submitted_again() {
        // Given
        submit(small);
        submit(other);
        facts.put(FactCodec.key(small.experimentId(), "started"), new byte[] {1, 2, 3});
        facts.put("nonsense", new byte[0]);
        restart();
        context.resetForwards();

        // When
        input(finished(other));

        // Then
        assertThat(status().experiment()).isEqualTo("other");
        assertThat(status().phase()).isEqualTo(ExperimentPhase.FINISHED);

        // When
        submit(small);
        restart();
        input(finished(small));

        // Then
        assertThat(status().experiment()).isEqualTo("small");
        assertThat(status().phase()).isEqualTo(ExperimentPhase.FINISHED);
    }

    @Test
    void what_cannot_be_read_becomes_a_dead_letter() {
        // When
        experiments.process(new Record<>("small", new byte[] {1, 2, 3}, 0));
        experiments.process(new Record<>("small", null, 0));
        var signal =
                topics.experimentSignals.codec().encode(small.submission(null).get(0));
        experiments.process(new Record<>("large", signal, 0));

        // Then
        assertThat(context.forwarded(TopologyNames.sinkOf(topics.experimentSignals.deadLetters())))
                .hasSize(3);
        assertThat(sent(topics.experimentStatus)).isEmpty();
    }

    @Test
    void an_order_is_answered() {
        // Given
        submit(small);

        // When
        input(new ExperimentInput.Ordered("small", stop(small.experimentId())));

        // Then
        assertThat(sent(topics.commandAnswers)).hasSize(1);
        assertThat(sent(topics.commandAnswers).get(0).done()).isTrue();
        assertThat(sent(topics.commandAnswers).get(0).changed()).hasSize(1);
    }

    @Test
    void an_order_to_what_looked_like_an_id_is_passed_on_under_the_name() {
        // When
        input(new ExperimentInput.Ordered("small", stop("small-0badcafe")));

        // Then
        assertThat(sent(topics.experimentSignals))
                .containsExactly(new ExperimentInput.Ordered("small-0badcafe", stop("small-0badcafe")));
        assertThat(sent(topics.commandAnswers)).isEmpty();

        // When
        input(new ExperimentInput.Ordered("small-0badcafe", stop("small-0badcafe")));

        // Then
        assertThat(sent(topics.commandAnswers).get(0).text()).isEqualTo("no experiment small-0badcafe is known");
    }

    @Test
    void an_ended_experiment_is_forgotten_after_its_retention_and_not_before() {
        // Given
        submit(small);
        input(finished(small));
        submit(other);

        // When
        clock += ControllerService.RETENTION.toMillis();
        tick();
        var before = keys(small);
        clock += 1;
        tick();

        // Then
        assertThat(before).isNotEmpty();
        assertThat(keys(small)).isEmpty();
        assertThat(keys(other)).isNotEmpty();
        submit(small);
        assertThat(status().phase()).isEqualTo(ExperimentPhase.RUNNING);
    }

    private static Command stop(String target) {
        return new Command("frl.commands-0@1", Verb.STOP, target, Command.Which.FAILED, null);
    }

    private void submit(ExperimentPlan plan) {
        plan.submission(null).forEach(this::input);
    }

    private void input(ExperimentInput input) {
        experiments.process(new Record<>(
                input.experiment(), topics.experimentSignals.codec().encode(input), 0));
    }

    private static ExperimentInput finished(ExperimentPlan plan) {
        var run = plan.points().get(0).replicas().get(0);
        return new ExperimentInput.RunReported(new RunReport(
                run.runId(),
                plan.name(),
                plan.experimentId(),
                Phase.FINISHED,
                1,
                new Score(1, 0.8, 0.6, 0.5, 0.4, "a", 1000, false),
                null,
                "completed",
                Instant.ofEpochMilli(5)));
    }

    private void restart() {
        experiments = new ExperimentProcessor(topics, ControllerService.RETENTION, ControllerMeters.none(topics));
        experiments.init(context);
    }

    private void tick() {
        context.setCurrentSystemTimeMs(clock);
        var timers = context.scheduledPunctuators().stream()
                .filter(p -> !p.getInterval().equals(GroupCommit.QUIET))
                .toList();
        timers.get(timers.size() - 1).getPunctuator().punctuate(clock);
    }

    private List<String> keys(ExperimentPlan plan) {
        var keys = new ArrayList<String>();
        try (var all = facts.all()) {
            all.forEachRemaining(entry -> {
                if (entry.key.startsWith(plan.experimentId() + "/")) {
                    keys.add(entry.key);
                }
            });
        }
        return keys;
    }

    private ExperimentStatus status() {
        var all = sent(topics.experimentStatus);
        return all.get(all.size() - 1);
    }

    private <V> List<V> sent(Topic<V> topic) {
        return context.forwarded(TopologyNames.sinkOf(topic.name(), ExperimentProcessor.NAME)).stream()
                .map(f -> topic.codec().decode((byte[]) f.record().value()))
                .toList();
    }
}
