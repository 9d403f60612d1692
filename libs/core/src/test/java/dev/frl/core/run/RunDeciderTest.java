package dev.frl.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.errors.Tally;
import dev.frl.core.failure.FailureKind;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.run.RunInput.ShardAttacked;
import dev.frl.core.run.RunInput.WorkFailed;
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

class RunDeciderTest {
    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
    private Instant now = T0;
    private @Nullable RunState state;
    private final Map<String, RunFact> store = new HashMap<>();

    @Test
    void an_admitted_run_waits_for_its_turn_and_is_given_to_a_trainer_then() {
        // When
        var events = decideAlone(Plans.input(plan()));
        var waits = state().status().reason();
        var turn = decideAlone(new RunInput.Turn("run", 1));
        var again = decideAlone(new RunInput.Turn("run", 1));

        // Then
        assertThat(kinds(events)).containsExactly("Planned", "TurnWanted");
        assertThat(waits).isEqualTo("waits for its turn: no trainer is free");
        assertThat(kinds(turn)).containsExactly("TrainingRequested");
        assertThat(again).isEmpty();
        assertThat(state().status().reason()).isEqualTo("waits for a trainer, attempt 1");
    }

    @Test
    void the_same_plan_twice_changes_nothing() {
        // Given
        decide(Plans.input(plan()));

        // When
        var events = decide(Plans.input(plan()));

        // Then
        assertThat(events).isEmpty();
    }

    @Test
    void a_repeated_shard_changes_nothing_and_a_foreign_one_is_dropped_with_the_reason() {
        // Given
        untilEvaluating();

        // When
        var first = decide(shard(0, "w0", validation(0)));
        var again = decide(shard(0, "w0", validation(0)));
        var foreign = decide(shard(1, "other", validation(1)));
        var late = decide(shard(Part.TEST, 0, 1, "w0", validation(1)));

        // Then
        assertThat(kinds(first)).containsExactly("ShardCounted");
        assertThat(again).isEmpty();
        assertThat(why(foreign)).isEqualTo("it attacked other weights");
        assertThat(why(late)).isEqualTo("it does not belong to the current evaluation");
    }

    @Test
    void a_complete_epoch_is_evaluated_once() {
        // Given
        untilEvaluating();
        decide(shard(0, "w0", validation(0)));

        // When
        var events = decide(shard(1, "w0", validation(1)));
        var again = decide(shard(1, "w0", validation(1)));

        // Then
        assertThat(kinds(events)).containsExactly("ShardCounted", "EpochEvaluated");
        assertThat(why(again)).isEqualTo("it does not belong to the current evaluation");
        assertThat(state().status().reason()).isEqualTo("waits for the trainer to finish epoch 1 of 1");
    }

    @Test
    void shards_that_do_not_add_up_to_the_split_fail_the_run() {
        // Given
        untilEvaluating();
        decide(shard(0, "w0", validation(0)));

        // When
        var events = decide(shard(1, "w0", validation(0)));

        // Then
        assertThat(kinds(events)).containsExactly("ShardCounted", "Failed");
        assertThat(state().status().reason())
                .isEqualTo(
                        "the shards of VALIDATION, epoch 0, hold [6, 4, 2] samples of the classes; the split has [5, 4, 3]");
    }

    @Test
    void missing_shards_are_requested_again_and_at_last_fail_the_run_with_the_reason() {
        // Given
        untilEvaluating();
        decide(shard(0, "w0", validation(0)));

        // When
        var early = tickAfter(Duration.ofMinutes(9));
        var second = tickAfter(Duration.ofMinutes(1));
        decideKeeping(progress(new Work.Shard(Part.VALIDATION, 0, 1), 2, 0.5));
        var end = tickAfter(Duration.ofMinutes(10));

        // Then
        assertThat(early).isEmpty();
        assertThat(second).singleElement().isInstanceOfSatisfying(RunEvent.ShardsRequested.class, r -> {
            assertThat(r.shards()).isEqualTo(1);
            assertThat(r.attempt()).isEqualTo(2);
        });
        assertThat(kinds(end)).containsExactly("Failed");
        assertThat(state().status().reason())
                .isEqualTo("no attacker reported progress on shards [1] within 10 min, in any of 2 attempts");
    }

    @Test
    void time_during_which_the_controller_was_down_does_not_count() {
        // Given
        untilEvaluating();
        now = now.plus(Duration.ofDays(3));

        // When
        var events = decide(new RunInput.Tick("run", now.minusSeconds(5)));

        // Then
        assertThat(events).isEmpty();
    }

    @Test
    void a_trainer_that_is_silent_is_replaced_and_at_last_the_run_fails() {
        // Given
        untilTraining();

        // When
        var second = tickAfter(Duration.ofMinutes(10));
        decide(trained(0, 2, "w0"));
        var end = tickAfter(Duration.ofMinutes(10));

        // Then
        assertThat(kinds(second)).containsExactly("TrainingRequested");
        assertThat(kinds(end)).containsExactly("Failed");
        assertThat(state().status().reason())
                .isEqualTo("the trainer reported no progress within 10 min, in any of 2 attempts");
    }

    @Test
    void only_consecutive_failures_count_a_finished_epoch_sets_them_back() {
        // Given: at most two attempts, and every epoch fails once
        decide(Plans.input(Plans.plan("run", Policy.FRL_REWEIGHT_REMARGIN, 4, 2, 2, null)));
        decide(trained(0, 1, "w0"));
        evaluate(0);
        int attempt = 1;

        // When
        for (int epoch = 1; epoch <= 4; epoch++) {
            assertThat(kinds(tickAfter(Duration.ofMinutes(10)))).containsExactly("TrainingRequested");
            attempt++;
            assertThat(kinds(decide(trained(epoch - 1, attempt, "w" + (epoch - 1)))))
                    .containsExactly("TrainingResumed");
            decide(trained(epoch, attempt, "w" + epoch));
            evaluate(epoch);
        }

        // Then
        assertThat(attempt).isEqualTo(5);
        assertThat(state().phase()).isEqualTo(Phase.TESTING);
    }

    @Test
    void resuming_without_a_new_epoch_does_not_set_failures_back() {
        // Given
        untilTraining();
        tickAfter(Duration.ofMinutes(10));
        decide(trained(0, 2, "w0"));

        // When
        var events = tickAfter(Duration.ofMinutes(10));

        // Then
        assertThat(kinds(events)).containsExactly("Failed");
    }

    @Test
    void a_counted_shard_sets_the_failures_of_an_evaluation_back() {
        // Given
        untilEvaluating();
        tickAfter(Duration.ofMinutes(10));
        decide(shard(0, "w0", validation(0)));

        // When
        var again = tickAfter(Duration.ofMinutes(10));

        // Then
        assertThat(again).singleElement().isInstanceOfSatisfying(RunEvent.ShardsRequested.class, r -> {
            assertThat(r.attempt()).isEqualTo(3);
            assertThat(r.failures().counted()).isEqualTo(1);
        });
    }

    @Test
    void a_run_that_is_given_up_ends_as_failed_with_the_reason() {
        // Given
        untilTraining();

        // When
        var events = decide(new RunInput.GiveUp("run", "its entries cannot be read"));

        // Then
        assertThat(kinds(events)).containsExactly("Failed");
        assertThat(state().status().reason()).isEqualTo("its entries cannot be read");
        assertThat(store.keySet()).noneMatch(slot -> slot.startsWith("shard"));
    }

    @Test
    void the_first_announcement_of_an_epoch_stands() {
        // Given
        untilTraining();
        decide(trained(1, 1, "w1"));

        // When
        var differing = decide(trained(1, 1, "other"));
        var ahead = decide(trained(3, 1, "w3"));
        var behind = decide(trained(0, 1, "w0"));

        // Then
        assertThat(why(differing)).isEqualTo("epoch 1 was announced before");
        assertThat(why(ahead)).isEqualTo("epoch 3 was not requested yet");
        assertThat(why(behind)).isEqualTo("epoch 1 was announced before");
    }

    @Test
    void a_failure_that_may_pass_is_retried_and_one_that_cannot_ends_the_run() {
        // Given
        untilTraining();

        // When
        var retried = decide(failed(1, "disk is full", FailureKind.RETRYABLE));
        var stale = decide(failed(1, "disk is full", FailureKind.RETRYABLE));
        var ended = decide(failed(2, "the loss is not finite", FailureKind.PERMANENT));

        // Then
        assertThat(kinds(retried)).containsExactly("TrainingRequested");
        assertThat(stale).isEmpty();
        assertThat(kinds(ended)).containsExactly("Failed");
        assertThat(state().status().reason()).isEqualTo("the loss is not finite (on host)");
    }

    @Test
    void an_epoch_of_three_deadlines_finishes_while_its_trainer_reports_progress() {
        // Given
        untilTraining();

        // When
        for (int minute = 0; minute < 30; minute += 6) {
            now = now.plus(Duration.ofMinutes(6));
            assertThat(kinds(decideKeeping(progress(new Work.EpochTraining(1), 1, minute / 30.0))))
                    .containsExactly("Progressed");
            assertThat(decideKeeping(new RunInput.Tick("run", T0))).isEmpty();
        }
        var events = decide(trained(1, 1, "w1"));

        // Then
        assertThat(kinds(events)).containsExactly("Trained", "ShardsRequested");
    }

    @Test
    void a_trainer_that_dies_is_noticed_within_the_deadline_after_its_last_report() {
        // Given
        untilTraining();
        now = now.plus(Duration.ofMinutes(9));
        decideKeeping(progress(new Work.EpochTraining(1), 1, 0.1));

        // When
        now = now.plus(Duration.ofMinutes(9));
        var before = decideKeeping(new RunInput.Tick("run", T0));
        now = now.plus(Duration.ofMinutes(1));
        var after = decideKeeping(new RunInput.Tick("run", T0));

        // Then
        assertThat(before).isEmpty();
        assertThat(kinds(after)).containsExactly("TrainingRequested");
    }

    @Test
    void progress_of_work_that_was_given_to_another_worker_counts_for_nothing() {
        // Given
        untilTraining();

        // Then
        assertThat(decide(progress(new Work.EpochTraining(1), 7, 0.5))).isEmpty();
        assertThat(decide(progress(new Work.EpochTraining(3), 1, 0.5))).isEmpty();
        assertThat(decide(progress(new Work.Shard(Part.VALIDATION, 0, 0), 1, 0.5)))
                .isEmpty();
    }

    @Test
    void bad_hosts_do_not_use_up_the_attempts_of_a_run() {
        // Given: two attempts
        untilTraining();

        // When
        var kinds = new java.util.ArrayList<String>();
        for (int attempt = 1; attempt <= 100; attempt++) {
            kinds.addAll(kinds(decide(failed(attempt, "no data", FailureKind.HOST, "host-" + attempt % 5))));
        }

        // Then
        assertThat(kinds).hasSize(100).containsOnly("TrainingRequested");
        assertThat(state().status().reason()).endsWith("(previous attempt: no data (on host-0))");
        assertThat(kinds(decide(failed(101, "hiccup", FailureKind.RETRYABLE)))).containsExactly("TrainingRequested");
        assertThat(kinds(decide(failed(102, "hiccup", FailureKind.RETRYABLE)))).containsExactly("Failed");
    }

    @Test
    void a_run_that_every_host_has_refused_for_a_week_fails_with_the_reason() {
        // Given
        untilTraining();

        // When
        var last = List.<RunEvent>of();
        int attempt = 0;
        while (!state().phase().isTerminal() && attempt < 5000) {
            attempt++;
            last = decide(failed(attempt, "no data", FailureKind.HOST));
        }

        // Then
        assertThat(attempt).isEqualTo(2000);
        assertThat(kinds(last)).containsExactly("Failed");
        assertThat(state().status().reason()).isEqualTo("no data (on host)");
    }

    @Test
    void only_the_shard_that_failed_is_requested_again() {
        // Given
        untilEvaluating();
        var shard = new Work.Shard(Part.VALIDATION, 0, 1);
        var failure = new WorkFailed("run", shard, 1, "disk is full", FailureKind.HOST, "host", now);

        // When
        var again = decide(failure);
        var twice = decide(failure);

        // Then
        assertThat(again).singleElement().isInstanceOfSatisfying(RunEvent.ShardsRequested.class, r -> {
            assertThat(r.shard()).isEqualTo(1);
            assertThat(r.shards()).isEqualTo(1);
            assertThat(Outbox.of(state(), r)).hasSize(1);
        });
        assertThat(twice).as("a repeated report").isEmpty();
    }

    @Test
    void work_that_keeps_failing_is_requested_again_after_a_growing_pause() {
        // Given
        decide(Plans.input(Plans.plan("run", Policy.NONE, 1, 2, 9, null)));

        // When
        var pauses = new java.util.ArrayList<Duration>();
        for (int attempt = 1; attempt <= 8; attempt++) {
            var events = decide(failed(attempt, "hiccup", FailureKind.RETRYABLE));
            if (events.get(0) instanceof RunEvent.RetryPlanned retry) {
                assertThat(decide(failed(attempt, "hiccup", FailureKind.RETRYABLE)))
                        .as("a repeated report")
                        .isEmpty();
                pauses.add(Duration.between(now, retry.until()));
                now = retry.until().minusMillis(1);
                assertThat(decide(new RunInput.Tick("run", T0))).isEmpty();
                now = retry.until();
                events = decide(new RunInput.Tick("run", T0));
            }
            assertThat(kinds(events)).containsExactly("TrainingRequested");
        }

        // Then
        assertThat(pauses.stream().map(Duration::toSeconds)).containsExactly(10L, 20L, 40L, 80L, 160L, 300L, 300L);
    }

    @Test
    void a_run_waits_for_its_warm_start_and_fails_with_it() {
        // Given
        decide(Plans.input(Plans.plan("run", Policy.NONE, 1, 2, 2, "warm")));

        // When
        var failed = decide(new RunInput.WarmStartFailed("run", "no data"));

        // Then
        assertThat(kinds(failed)).containsExactly("Failed");
        assertThat(state().status().reason()).isEqualTo("its warm start warm failed: no data");
    }

    @Test
    void an_input_for_an_unknown_run_is_ignored() {
        // When
        var events = decide(trained(0, 1, "w0"));

        // Then
        assertThat(events).isEmpty();
        assertThat(state).isNull();
    }

    private static RunPlan plan() {
        return Plans.plan("run", Policy.FRL_REWEIGHT_REMARGIN, 1, 2, 2, null);
    }

    private void untilEvaluating() {
        decide(Plans.input(plan()));
        decide(trained(0, 1, "w0"));
    }

    private void untilTraining() {
        untilEvaluating();
        decide(shard(0, "w0", validation(0)));
        decide(shard(1, "w0", validation(1)));
    }

    private void evaluate(int epoch) {
        for (int shard = 0; shard < 2; shard++) {
            decide(shard(Part.VALIDATION, epoch, shard, "w" + epoch, validation(shard)));
        }
    }

    private EpochTrained trained(int epoch, int attempt, String sha) {
        return new EpochTrained(
                "run",
                epoch,
                attempt,
                new CheckpointRef("file:/" + sha, sha),
                null,
                Plans.MANIFEST,
                0.5,
                Duration.ofSeconds(3),
                "host",
                "engine",
                now);
    }

    private static ShardAttacked shard(int shard, String sha, Tally tally) {
        return shard(Part.VALIDATION, 0, shard, sha, tally);
    }

    private static ShardAttacked shard(Part part, int epoch, int shard, String sha, Tally tally) {
        return new ShardAttacked("run", part, epoch, shard, 1, sha, tally, Duration.ofSeconds(1), "host", "engine", T0);
    }

    private RunInput.WorkProgressed progress(Work work, int attempt, double share) {
        return new RunInput.WorkProgressed("run", work, attempt, share, 100, "host", now);
    }

    /** Decides without a restart in between: reports of progress are not stored. */
    private List<RunEvent> decideKeeping(RunInput input) {
        var decision = RunDecider.decide(state, input, now);
        state = decision.state();
        return decision.events();
    }

    private static WorkFailed failed(int attempt, String reason, FailureKind kind, String host) {
        return new WorkFailed("run", new Work.EpochTraining(1), attempt, reason, kind, host, T0);
    }

    private static WorkFailed failed(int attempt, String reason, FailureKind kind) {
        return new WorkFailed("run", new Work.EpochTraining(1), attempt, reason, kind, "host", T0);
    }

    private static Tally validation(int shard) {
        return Plans.validation(shard);
    }

    private List<RunEvent> tickAfter(Duration duration) {
        now = now.plus(duration);
        return decide(new RunInput.Tick("run", T0));
    }

    /** Decides, and gives the run its turn if it wants one. */
    private List<RunEvent> decide(RunInput input) {
        var events = new ArrayList<>(decideAlone(input));
        if (state != null && state.wantsTurn()) {
            events.addAll(decideAlone(new RunInput.Turn("run", state.attempt() + 1)));
        }
        return events;
    }

    /** Decides, and continues from the store as after a restart: so every test also tests recovery. */
    private List<RunEvent> decideAlone(RunInput input) {
        var decision = RunDecider.decide(state, input, now);
        decision.changes().forEach((slot, fact) -> {
            if (fact == null) {
                store.remove(slot);
            } else {
                store.put(slot, fact);
            }
        });
        state = decision.state() == null ? null : RunState.load(store.values());
        if (decision.state() != null) {
            assertThat(state().status()).isEqualTo(decision.state().status());
        }
        return decision.events();
    }

    private RunState state() {
        if (state == null) {
            throw new AssertionError("the run is unknown");
        }
        return state;
    }

    private static List<String> kinds(List<RunEvent> events) {
        return events.stream().map(e -> e.getClass().getSimpleName()).toList();
    }

    private static String why(List<RunEvent> events) {
        assertThat(events).singleElement().isInstanceOf(RunEvent.Dropped.class);
        return ((RunEvent.Dropped) events.get(0)).why();
    }
}
