package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.failure.FailureKind;
import dev.frl.core.failure.Failures;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.Work;
import dev.frl.core.settings.Part;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.messaging.message.WorkerStatus.Held;
import dev.frl.messaging.message.WorkerStatus.State;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WhyCommandTest {
    private static final List<RunPlan> RUNS = FakeKafka.plan(Specs.GOOD).runs();
    private static final String ID = FakeKafka.plan(Specs.GOOD).experimentId();
    private static final RunPlan RUN = RUNS.get(0);

    @TempDir
    Path directory;

    private TestContext context;

    @BeforeEach
    void begin() {
        context = new TestContext(directory);
        context.env.put("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092");
    }

    @Test
    void an_evaluation_tells_which_shards_are_missing_who_holds_them_and_what_happens_when() {
        // Given
        context.kafka.events.addAll(new FakeRun(RUN, context.now)
                .requested()
                .trained(0)
                .evaluation(0)
                .events());
        context.advance(Duration.ofSeconds(30));
        worker("attacker", "gpu-7", State.WORKING, new Held(RUN.runId(), new Work.Shard(Part.VALIDATION, 0, 1)));
        worker("attacker", "gpu-8", State.IDLE, null);
        context.advance(Duration.ofSeconds(10));

        // When
        int code = context.frl("why", RUN.runId());

        // Then
        assertThat(code).isZero();
        assertThat(context.err.toString()).isEmpty();
        assertThat(context.out.toString()).isEqualTo(String.format(Locale.ROOT, """
                %s: none, seed 1 of %s
                  waits     waits for attackers: 1 of 2 shards of epoch 0 are in
                  since     25 s ago
                  attempt   1
                  missing   1 of 2 shards
                  held by   attacker on gpu-7: shard 1 of epoch 0, since 10 s ago
                  next      in 9 min 40 s: the missing shards are given out again; failure 1 of 3
                """, RUN.runId(), ID));
    }

    @Test
    void workers_that_pause_are_told_with_what_they_lack() {
        // Given
        context.kafka.events.addAll(new FakeRun(RUN, context.now)
                .requested()
                .trained(0)
                .evaluation(0)
                .events());
        for (String role : List.of("trainer", "attacker")) {
            context.kafka.workers.add(new WorkerStatus(
                    role,
                    "gpu-9",
                    role + "-1",
                    "reference",
                    null,
                    State.PAUSED,
                    "fashion-mnist is missing",
                    context.now.plusSeconds(40),
                    null,
                    context.now,
                    context.now));
        }

        // When
        context.frl("why", RUN.runId());
        var text = context.out.toString();
        context.frl("why", RUN.runId(), "-o", "json");

        // Then
        assertThat(text)
                .containsOnlyOnce("  paused ")
                .contains("  paused    attacker on gpu-9, takes work again in 40 s: fashion-mnist is missing\n");
        assertThat(context.out.toString()).contains("\"reason\" : \"fashion-mnist is missing\"");
    }

    @Test
    void a_queued_run_tells_its_place_and_the_trainers_in_sight() {
        // Given
        for (int i = 0; i < 2; i++) {
            context.kafka.events.add(new RunEvent.Planned(RUNS.get(i), context.now));
            context.kafka.events.add(new RunEvent.TurnWanted(RUNS.get(i).runId(), 1, Failures.NONE, null, context.now));
            context.advance(Duration.ofSeconds(10));
        }
        worker("trainer", "gpu-7", State.WORKING, new Held("other", new Work.EpochTraining(3)));
        var second = RUNS.get(1).runId();

        // When
        context.frl("why", second);
        var inSight = context.out.toString();
        context.kafka.workers.clear();
        context.frl("why", second, "-o", "json");

        // Then
        assertThat(inSight)
                .contains("  waits     waits for its turn: no trainer is free\n")
                .contains("  queue     2 of 2 that wait, by time; 1 trainer in sight, 0 idle\n")
                .contains("  held by   nobody\n")
                .contains(": the run fails if no trainer was in sight until then; it waits as long as one is\n");
        assertThat(context.out.toString())
                .contains("\"position\" : 2")
                .contains("\"trainersInSight\" : 0")
                .contains("\"heldBy\" : [ ]");
    }

    @Test
    void all_failures_so_far_are_told_once_each() {
        // Given
        var id = RUN.runId();
        var once = Failures.NONE.plus("gpu-1", FailureKind.RETRYABLE);
        var twice = once.plus("gpu-2", FailureKind.RETRYABLE);
        context.kafka.events.addAll(new FakeRun(RUN, context.now)
                .requested()
                .add(new RunEvent.TrainingRequested(id, 2, once, "disk is full (on gpu-1)", context.now))
                .add(new RunEvent.RetryPlanned(
                        id,
                        new Work.EpochTraining(0),
                        twice,
                        "no data (on gpu-2)",
                        context.now.plusSeconds(10),
                        context.now))
                .add(new RunEvent.TrainingRequested(id, 3, twice, "no data (on gpu-2)", context.now))
                .add(new RunEvent.Failed(id, "no memory (on gpu-3)", context.now.plusSeconds(60)))
                .events());
        context.advance(Duration.ofMinutes(2));

        // When
        int code = context.frl("why", id);
        var text = context.out.toString();
        context.frl("why", id, "-o", "json");

        // Then
        assertThat(code).isZero();
        assertThat(text).isEqualTo(String.format(Locale.ROOT, """
                %s: none, seed 1 of %s
                  ended     no memory (on gpu-3)
                  since     1 min ago
                  failures  3 failures so far
                    2 min ago, training: disk is full (on gpu-1)
                    2 min ago, training: no data (on gpu-2)
                    1 min ago, run failed: no memory (on gpu-3)
                """, id, ID));
        assertThat(context.out.toString()).contains("\"reason\" : \"disk is full (on gpu-1)\"");
    }

    @Test
    void an_experiment_stands_for_its_runs_that_have_not_finished() {
        // Given
        context.kafka.events.addAll(FakeRun.finished(RUN, context.now));
        context.kafka.events.addAll(FakeRun.failed(RUNS.get(1), context.now, "no data"));

        // When
        int some = context.frl("why", "small");

        // Then
        assertThat(some).isZero();
        assertThat(context.out.toString())
                .contains(RUNS.get(1).runId() + ": ")
                .contains("  ended     no data\n")
                .doesNotContain(RUN.runId() + ": ");
    }

    @Test
    void the_status_of_an_experiment_gives_the_reason_of_each_failed_run() {
        // Given
        context.kafka.events.addAll(FakeRun.finished(RUN, context.now));
        context.kafka.events.addAll(FakeRun.failed(RUNS.get(1), context.now, "no data on gpu-1"));

        // When
        context.frl("status", "small");

        // Then
        assertThat(context.out.toString()).contains("REASON").contains("no data on gpu-1");
    }

    @Test
    void the_status_of_an_experiment_says_why_a_run_is_tried_again() {
        // Given
        context.kafka.events.addAll(new FakeRun(RUN, context.now)
                .requested()
                .add(new RunEvent.TrainingRequested(
                        RUN.runId(), 2, Failures.NONE, "no data on gpu-2", context.now.plusSeconds(9)))
                .events());
        context.kafka.events.addAll(new FakeRun(RUNS.get(1), context.now).events());

        // When
        context.frl("status", "small");

        // Then
        assertThat(context.out.toString()).contains("REASON").contains("no data on gpu-2");
    }

    private void worker(String role, String host, State state, @Nullable Held held) {
        context.kafka.workers.add(new WorkerStatus(
                role, host, role + "-1", "reference", null, state, null, null, held, context.now, context.now));
    }
}
