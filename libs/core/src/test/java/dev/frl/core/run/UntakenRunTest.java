package dev.frl.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.failure.FailureKind;
import dev.frl.core.failure.Failures;
import dev.frl.core.run.Outbox.Withdrawal;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.run.RunInput.ShardAttacked;
import dev.frl.core.run.RunInput.WorkFailed;
import dev.frl.core.run.RunInput.WorkProgressed;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A run that no trainer takes, or whose shards no attacker takes. At most 10 min for a sign, and a day in the queue. */
class UntakenRunTest {
    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

    private final Map<String, RunFact> store = new HashMap<>();
    private final List<Outbox.Message> sent = new ArrayList<>();
    private @Nullable RunState state;
    private Instant now = T0;

    @Test
    void a_run_that_no_trainer_took_gives_its_turn_back_and_what_was_published_is_void() {
        // Given
        assigned();
        assertThat(state().status().reason()).isEqualTo("waits for a trainer, attempt 1");
        assertThat(state().status().deadline()).isEqualTo(T0.plus(Duration.ofMinutes(10)));

        // When
        var early = tickAfter(Duration.ofMinutes(9));
        sent.clear();
        var again = tickAfter(Duration.ofMinutes(1));

        // Then
        assertThat(early).isEmpty();
        assertThat(kinds(again)).containsExactly("TurnWanted");
        assertThat(sent)
                .first()
                .isEqualTo(new Withdrawal(
                        "run", 1, "the run is given to another trainer: no trainer took the run within 10 min"));
        assertThat(sent).filteredOn(Outbox.ToTurns.class::isInstance).hasSize(1);
        assertThat(state().status().reason())
                .isEqualTo(
                        "waits for its turn: no trainer is free (previous attempt: no trainer took the run within 10 min)");
    }

    @Test
    void it_is_published_again_with_its_next_turn_and_what_failed_before_still_counts() {
        // Given
        assigned();
        decide(failed(1, "disk is full"));
        tickAfter(Duration.ofMinutes(10));

        // When
        var turn = decide(new RunInput.Turn("run", 3));
        var last = decide(failed(3, "disk is full"));

        // Then
        assertThat(kinds(turn)).containsExactly("TrainingRequested");
        assertThat(kinds(last)).as("the second of two attempts").containsExactly("Failed");
    }

    @Test
    void each_wait_is_twice_as_long_and_all_of_them_are_no_longer_than_the_deadline_of_the_queue() {
        // Given
        assigned();

        // When
        var waits = new ArrayList<Duration>();
        while (!state().phase().isTerminal()) {
            var wait = Duration.between(now, state().status().deadline());
            waits.add(wait);
            assertThat(tickAfter(wait.minusMillis(1))).isEmpty();
            tickAfter(Duration.ofMillis(1));
            decide(new RunInput.Turn("run", state().attempt() + 1));
        }

        // Then
        assertThat(waits.stream().map(Duration::toMinutes)).containsExactly(10L, 20L, 40L, 80L, 160L, 320L, 640L, 170L);
        assertThat(state().status().reason()).isEqualTo("no trainer took the run within 24 h, in any of 8 attempts");
    }

    @Test
    void a_trainer_that_says_that_it_has_the_run_is_waited_for() {
        // Given
        assigned();
        now = now.plus(Duration.ofMinutes(9));
        keep(new WorkProgressed("run", new Work.EpochTraining(0), 1, 0, Double.NaN, "gpu-1", now));

        // When
        now = now.plus(Duration.ofMinutes(9));
        var later = keep(new RunInput.Tick("run", T0));

        // Then
        assertThat(later).isEmpty();
        assertThat(state().status().reason()).isEqualTo("waits for the trainer on gpu-1 to start, attempt 1");
    }

    @Test
    void a_trainer_that_takes_it_ends_the_count_and_the_next_wait_is_a_short_one() {
        // Given
        assigned();
        tickAfter(Duration.ofMinutes(10));
        decide(new RunInput.Turn("run", 2));
        decide(trained(0, 2));

        // When
        assertThat(state().trainingFailures().untaken()).isZero();

        // Then
        assertThat(state().phase()).isEqualTo(Phase.EVALUATING);
    }

    @Test
    void a_trainer_that_held_it_in_silence_is_out_of_office() {
        // Given
        assigned();
        tickAfter(Duration.ofMinutes(10));

        // When
        var waiting = decide(trained(0, 1));
        decide(new RunInput.Turn("run", 2));
        var next = decide(trained(0, 2));

        // Then
        assertThat(kinds(waiting)).containsExactly("Dropped");
        assertThat(kinds(next)).containsExactly("Trained", "ShardsRequested");
    }

    @Test
    void shards_that_no_attacker_took_are_given_out_again_with_growing_waits_until_the_deadline_of_the_queue() {
        // Given
        evaluated();
        assertThat(state().status().next()).isEqualTo("the missing shards are given out again, as attempt 2");

        // When
        var waits = new ArrayList<Duration>();
        var requested = new ArrayList<Integer>();
        while (!state().phase().isTerminal()) {
            var wait = Duration.between(now, state().status().deadline());
            waits.add(wait);
            assertThat(tickAfter(wait.minusMillis(1))).isEmpty();
            sent.clear();
            tickAfter(Duration.ofMillis(1));
            requested.add((int)
                    sent.stream().filter(Outbox.ShardTask.class::isInstance).count());
        }

        // Then
        assertThat(waits.stream().map(Duration::toMinutes)).containsExactly(10L, 20L, 40L, 80L, 160L, 320L, 640L, 170L);
        assertThat(requested).containsExactly(2, 2, 2, 2, 2, 2, 2, 0);
        assertThat(state().status().reason())
                .isEqualTo("no attacker took shards [0, 1] within 24 h, in any of 8 attempts");
    }

    @Test
    void an_evaluation_that_waited_for_hours_goes_on_when_an_attacker_comes_and_loses_no_attempt() {
        // Given
        evaluated();
        for (int i = 0; i < 6; i++) {
            tickAfter(Duration.between(now, state().status().deadline()));
        }

        // When
        var first = decide(attacked(0));
        assertThat(state().evaluation().failures()).isEqualTo(Failures.NONE);
        var last = decide(attacked(1));

        // Then
        assertThat(kinds(first)).containsExactly("ShardCounted");
        assertThat(kinds(last)).containsExactly("ShardCounted", "EpochEvaluated");
    }

    @Test
    void while_the_only_attacker_is_bad_and_pauses_the_status_keeps_its_reason_and_no_attempt_is_lost() {
        // Given
        evaluated();

        // When
        for (int i = 0; i < 3; i++) {
            int attempt = state().evaluation().attemptOf(0);
            decide(new WorkFailed(
                    "run", new Work.Shard(Part.VALIDATION, 0, 0), attempt, "no data", FailureKind.HOST, "gpu-1", now));
            tickAfter(Duration.between(now, state().status().deadline()));
        }

        // Then
        assertThat(state().phase()).isEqualTo(Phase.EVALUATING);
        assertThat(state().status().reason())
                .isEqualTo(
                        "waits for attackers: 0 of 2 shards of epoch 0 are in (previous attempt: shard 0 of VALIDATION, epoch 0: no data (on gpu-1))");
    }

    @Test
    void time_during_which_the_controller_was_down_does_not_count() {
        // Given
        assigned();
        now = now.plus(Duration.ofDays(3));

        // Then
        assertThat(decide(new RunInput.Tick("run", now.minusSeconds(5)))).isEmpty();
    }

    private void assigned() {
        decide(Plans.input(Plans.plan("run", Policy.NONE, 2, 2, 2, null)));
        decide(new RunInput.Turn("run", 1));
    }

    private void evaluated() {
        assigned();
        decide(trained(0, 1));
    }

    private ShardAttacked attacked(int shard) {
        return new ShardAttacked(
                "run",
                Part.VALIDATION,
                0,
                shard,
                state().evaluation().attemptOf(shard),
                "w0",
                Plans.validation(shard),
                Duration.ofSeconds(1),
                "gpu-1",
                "engine",
                now);
    }

    private List<RunEvent> tickAfter(Duration duration) {
        now = now.plus(duration);
        return decide(new RunInput.Tick("run", T0));
    }

    /** Decides, and continues from the store as after a restart. */
    private List<RunEvent> decide(RunInput input) {
        var events = keep(input);
        state = RunState.load(store.values());
        return events;
    }

    private List<RunEvent> keep(RunInput input) {
        var decision = RunDecider.decide(state, input, now);
        decision.changes().forEach((slot, fact) -> {
            if (fact == null) {
                store.remove(slot);
            } else {
                store.put(slot, fact);
            }
        });
        state = decision.state();
        decision.events().forEach(event -> sent.addAll(Outbox.of(state(), event)));
        return decision.events();
    }

    private RunState state() {
        if (state == null) {
            throw new AssertionError("the run is unknown");
        }
        return state;
    }

    private WorkFailed failed(int attempt, String reason) {
        return new WorkFailed("run", new Work.EpochTraining(0), attempt, reason, FailureKind.RETRYABLE, "host", now);
    }

    private EpochTrained trained(int epoch, int attempt) {
        return new EpochTrained(
                "run",
                epoch,
                attempt,
                new CheckpointRef("file:/w" + epoch, "w" + epoch),
                null,
                Plans.MANIFEST,
                null,
                Duration.ofSeconds(3),
                "host",
                "engine",
                now);
    }

    private static List<String> kinds(List<RunEvent> events) {
        return events.stream().map(e -> e.getClass().getSimpleName()).toList();
    }
}
