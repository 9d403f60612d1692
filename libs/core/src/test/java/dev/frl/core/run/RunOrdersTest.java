package dev.frl.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.command.Answer;
import dev.frl.core.command.Command;
import dev.frl.core.command.Verb;
import dev.frl.core.errors.Tally;
import dev.frl.core.failure.FailureKind;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.run.RunInput.ShardAttacked;
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

/** Orders of users and of the experiment, the allowance, and warm starts that are needed again. Each step also tests recovery. */
class RunOrdersTest {
    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
    private static final int EPOCHS = 3;
    private final Map<String, RunFact> store = new HashMap<>();
    private final List<Outbox.Message> sent = new ArrayList<>();
    private Instant now = T0;
    private @Nullable RunState state;

    @Test
    void a_stop_ends_the_run_after_the_epoch_in_progress_is_evaluated() {
        // Given
        begin(EPOCHS);
        train(0, 1);

        // When
        var order = order(Verb.STOP);
        var trained = decide(trained(1, 1));
        var evaluated = evaluate(1);

        // Then
        assertThat(kinds(order)).containsExactly("Ordered");
        assertThat(kinds(trained)).containsExactly("Trained", "ShardsRequested");
        assertThat(kinds(evaluated)).containsExactly("ShardCounted", "EpochEvaluated", "Stopped");
        assertThat(state().status().reason()).isEqualTo("a user asked");
        assertThat(sent(Outbox.Update.class)).as("the trainer is not to go on").hasSize(1);
        assertThat(withdrawn())
                .singleElement()
                .extracting(Outbox.Withdrawal::attempt)
                .isEqualTo(1);
        assertThat(sent(Outbox.ToExperiment.class)).singleElement().satisfies(told -> {
            assertThat(told.report().phase()).isEqualTo(Phase.STOPPED);
            assertThat(told.report().validation().epoch()).isEqualTo(1);
        });
    }

    @Test
    void a_stop_of_a_run_that_waits_ends_it_at_once() {
        // Given
        begin(EPOCHS);

        // When
        var events = order(Verb.STOP);
        var again = order(Verb.STOP);

        // Then
        assertThat(kinds(events)).containsExactly("Ordered", "Stopped");
        assertThat(again).isEmpty();
        assertThat(answer().done()).isTrue();
        assertThat(answer().text()).startsWith("nothing changed");
    }

    @Test
    void a_stop_during_the_test_lets_the_test_finish() {
        // Given
        begin(EPOCHS);
        for (int epoch = 0; epoch <= EPOCHS; epoch++) {
            train(epoch, 1);
        }

        // When
        order(Verb.STOP);
        count(Part.TEST, EPOCHS, "w" + EPOCHS);
        count(
                Part.TEST,
                state().evaluated().bestEpoch(),
                state().evaluated().bestWeights().sha256());

        // Then
        assertThat(state().phase()).isEqualTo(Phase.FINISHED);
    }

    @Test
    void a_kill_ends_the_run_at_once_and_withdraws_its_work() {
        // Given
        begin(EPOCHS);
        decide(trained(0, 1));

        // When
        var events = order(Verb.KILL);
        var late = decide(shard(Part.VALIDATION, 0, 0, "w0"));

        // Then
        assertThat(kinds(events)).containsExactly("Stopped");
        assertThat(late).isEmpty();
        assertThat(withdrawn()).hasSize(1);
        assertThat(store.keySet()).noneMatch(slot -> slot.startsWith("shard"));
    }

    @Test
    void a_killed_run_that_is_tried_again_evaluates_the_epoch_it_had_trained() {
        // Given
        begin(EPOCHS);
        train(0, 1);
        decide(trained(1, 1));
        order(Verb.KILL);

        // When
        var retried = order(Verb.RETRY);
        var resumed = decide(trained(1, state().attempt()));

        // Then
        assertThat(kinds(retried)).containsExactly("Reopened", "TurnWanted", "TrainingRequested");
        assertThat(kinds(resumed)).containsExactly("TrainingResumed", "ShardsRequested");
        evaluate(1);
        for (int epoch = 2; epoch <= EPOCHS; epoch++) {
            train(epoch, state().attempt());
        }
        assertThat(state().phase()).isEqualTo(Phase.TESTING);
        assertThat(withdrawn().get(0).attempt())
                .as("work of the new life is not void")
                .isLessThan(sent(Outbox.ShardTask.class)
                        .get(sent(Outbox.ShardTask.class).size() - 1)
                        .trainingAttempt());
    }

    @Test
    void a_run_killed_during_its_test_is_tested_again_without_a_trainer() {
        // Given
        begin(EPOCHS);
        for (int epoch = 0; epoch <= EPOCHS; epoch++) {
            train(epoch, 1);
        }
        order(Verb.KILL);

        // When
        var events = order(Verb.RETRY);

        // Then
        assertThat(kinds(events)).containsExactly("Reopened", "ShardsRequested");
        assertThat(state().phase()).isEqualTo(Phase.TESTING);
    }

    @Test
    void a_pause_rests_after_the_evaluation_and_a_resume_goes_on_with_the_update_that_was_held_back() {
        // Given
        begin(EPOCHS);
        decide(trained(0, 1));

        // When
        var order = order(Verb.PAUSE);
        var again = order(Verb.PAUSE);
        var evaluated = evaluate(0);
        var rests = state().status();
        sent.clear();
        var resumed = order(Verb.RESUME);

        // Then
        assertThat(kinds(order)).containsExactly("Ordered");
        assertThat(again).isEmpty();
        assertThat(kinds(evaluated)).containsExactly("ShardCounted", "EpochEvaluated", "Parked");
        assertThat(rests.phase()).isEqualTo(Phase.PAUSED);
        assertThat(rests.reason()).isEqualTo("a user asked");
        assertThat(kinds(resumed)).containsExactly("Ordered", "TurnWanted", "TrainingRequested");
        assertThat(sent(Outbox.Update.class)).hasSize(1);
        assertThat(sent(Outbox.Assignment.class).get(0).update().forEpoch()).isEqualTo(1);
    }

    @Test
    void a_paused_run_ignores_the_trainer_that_had_it() {
        // Given
        begin(EPOCHS);
        decide(trained(0, 1));
        order(Verb.PAUSE);
        evaluate(0);

        // When
        var late = decide(trained(1, 1));
        var failed = decide(new RunInput.WorkFailed(
                "run", new Work.EpochTraining(1), 1, "hiccup", FailureKind.RETRYABLE, "host", T0));

        // Then
        assertThat(kinds(late)).containsExactly("Dropped");
        assertThat(failed).isEmpty();
    }

    @Test
    void a_run_trains_its_allowance_and_waits_for_more() {
        // Given
        begin(1);
        train(0, 1);

        // When
        train(1, 1);
        var rests = state().status();
        var more = decide(new RunInput.Allow("run", EPOCHS));
        var again = decide(new RunInput.Allow("run", EPOCHS));

        // Then
        assertThat(rests.phase()).isEqualTo(Phase.PAUSED);
        assertThat(rests.reason()).isEqualTo("has trained 1 of 3 epochs; its experiment decides whether it goes on");
        assertThat(kinds(more)).containsExactly("Allowed", "TurnWanted", "TrainingRequested");
        assertThat(again).isEmpty();
    }

    @Test
    void more_allowance_for_a_paused_run_is_kept_for_the_resume() {
        // Given
        begin(1);
        train(0, 1);
        order(Verb.PAUSE);
        train(1, 1);

        // When
        var more = decide(new RunInput.Allow("run", EPOCHS));
        var resumed = order(Verb.RESUME);

        // Then
        assertThat(kinds(more)).containsExactly("Allowed");
        assertThat(kinds(resumed)).contains("TrainingRequested");
    }

    @Test
    void orders_that_make_no_sense_are_refused_with_the_reason() {
        // Given
        begin(EPOCHS);
        order(Verb.KILL);

        // When
        order(Verb.PAUSE);
        var pause = answer();
        order(Verb.RESUME);
        var resume = answer();
        order(Verb.EXTEND);
        var extend = answer();

        // Then
        assertThat(pause.done()).isFalse();
        assertThat(pause.text()).isEqualTo("the run has ended: a user asked");
        assertThat(resume.text()).endsWith("retry continues it from its last checkpoint");
        assertThat(extend.text()).isEqualTo("only an experiment can be extended");
    }

    @Test
    void an_order_to_an_unknown_run_is_refused() {
        // When
        decide(new RunInput.Order("run", Verb.STOP, "a user asked", command(Verb.STOP)));

        // Then
        assertThat(answer().done()).isFalse();
        assertThat(answer().text())
                .isEqualTo("no run run is known, or not any more; to run it again, submit its spec again");
    }

    @Test
    void a_failed_warm_start_is_tried_again_when_a_run_needs_it_again() {
        // Given
        decide(Plans.input(Plans.plan("run", Policy.NONE, EPOCHS, 2, 2, null)));
        decide(new RunInput.Await("run", "first"));
        decide(new RunInput.WorkFailed(
                "run", new Work.EpochTraining(0), 1, "no data", FailureKind.PERMANENT, "host", T0));

        // When
        var again = decide(new RunInput.Await("run", "second"));

        // Then
        assertThat(kinds(again)).containsExactly("Awaited", "Reopened", "TurnWanted", "TrainingRequested");
        assertThat(sent(Outbox.ToRun.class))
                .extracting(Outbox.ToRun::signal)
                .containsExactly(new RunInput.WarmStartFailed("first", "no data (on host)"));
    }

    @Test
    void a_warm_start_that_nobody_needs_any_more_ends() {
        // Given
        decide(Plans.input(Plans.plan("run", Policy.NONE, EPOCHS, 2, 2, null)));
        decide(new RunInput.Await("run", "first"));
        decide(new RunInput.Await("run", "second"));

        // When
        var one = decide(new RunInput.NoLongerAwaited("run", "first"));
        var two = decide(new RunInput.NoLongerAwaited("run", "second"));

        // Then
        assertThat(kinds(one)).containsExactly("Unawaited");
        assertThat(kinds(two)).containsExactly("Unawaited", "Ordered", "Stopped");
        assertThat(store.keySet()).noneMatch(slot -> slot.startsWith("awaited"));
    }

    @Test
    void a_run_that_is_killed_while_it_waits_tells_its_warm_start_and_asks_for_it_again_with_a_retry() {
        // Given
        decide(Plans.input(Plans.plan("run", Policy.NONE, EPOCHS, 2, 2, "warm")));

        // When
        order(Verb.KILL);
        order(Verb.RETRY);

        // Then
        assertThat(state().phase()).isEqualTo(Phase.WAITING_FOR_WARM_START);
        assertThat(sent(Outbox.ToRun.class))
                .extracting(Outbox.ToRun::signal)
                .containsExactly(new RunInput.NoLongerAwaited("warm", "run"), new RunInput.Await("warm", "run"));
    }

    @Test
    void a_finished_warm_start_answers_every_time() {
        // Given
        decide(Plans.input(Plans.plan("run", Policy.NONE, 1, 2, 2, null)));
        decide(new RunInput.Await("run", "first"));
        train(0, 1);
        train(1, 1);
        count(Part.TEST, 1, "w1");
        count(
                Part.TEST,
                state().evaluated().bestEpoch(),
                state().evaluated().bestWeights().sha256());
        sent.clear();

        // When
        decide(new RunInput.Await("run", "first"));

        // Then
        assertThat(sent)
                .containsExactly(
                        new Outbox.ToRun(new RunInput.WarmStartReady("first", new CheckpointRef("file:/w1", "w1"))));
    }

    @Test
    void an_await_of_a_run_that_is_forgotten_fails_the_run_that_waits() {
        // When
        decide(new RunInput.Await("run", "first"));

        // Then
        assertThat(sent)
                .singleElement()
                .isEqualTo(new Outbox.ToRun(new RunInput.WarmStartFailed(
                        "first", "its warm start run is not known any more; submit the spec again")));
    }

    @Test
    void a_run_does_not_rest_for_ever() {
        // Given
        begin(1);
        train(0, 1);
        train(1, 1);

        // When
        now = now.plus(Duration.ofDays(91));
        var events = decide(new RunInput.Tick("run", T0));

        // Then
        assertThat(kinds(events)).containsExactly("Stopped");
        assertThat(state().status().reason()).isEqualTo("it rested for 90 days");
    }

    private void begin(int allowance) {
        decide(new RunInput.Plan(Plans.plan("run", Policy.FRL_REWEIGHT, EPOCHS, 2, 2, null), allowance));
    }

    /** Trains and evaluates an epoch. */
    private void train(int epoch, int attempt) {
        decide(trained(epoch, attempt));
        evaluate(epoch);
    }

    private List<RunEvent> evaluate(int epoch) {
        return count(Part.VALIDATION, epoch, "w" + epoch);
    }

    /** @return the events of the last shard */
    private List<RunEvent> count(Part part, int epoch, String sha) {
        decide(shard(part, epoch, 0, sha));
        return decide(shard(part, epoch, 1, sha));
    }

    private List<RunEvent> order(Verb verb) {
        return decide(new RunInput.Order("run", verb, "a user asked", command(verb)));
    }

    private static Command command(Verb verb) {
        return new Command("frl.commands-0@1", verb, "run", Command.Which.FAILED, null);
    }

    private EpochTrained trained(int epoch, int attempt) {
        var weights = new CheckpointRef("file:/w" + epoch, "w" + epoch);
        return new EpochTrained(
                "run",
                epoch,
                attempt,
                weights,
                null,
                Plans.MANIFEST,
                0.5,
                Duration.ofSeconds(3),
                "host",
                "engine",
                now);
    }

    private static ShardAttacked shard(Part part, int epoch, int shard, String sha) {
        return new ShardAttacked(
                "run", part, epoch, shard, 1, sha, tally(part, shard), Duration.ofSeconds(1), "host", "engine", T0);
    }

    /** Halves of the manifest. */
    private static Tally tally(Part part, int shard) {
        long[] confusion;
        if (part == Part.VALIDATION) {
            confusion = shard == 0 ? new long[] {3, 0, 0, 0, 2, 0, 0, 0, 1} : new long[] {2, 0, 0, 0, 2, 0, 0, 0, 2};
        } else {
            confusion = shard == 0 ? new long[] {2, 0, 0, 0, 2, 0, 0, 0, 2} : new long[] {1, 0, 0, 0, 1, 0, 0, 0, 1};
        }
        return Tally.of(3, confusion, confusion);
    }

    /** Decides, gives the run its turn if it wants one, and continues from the store. */
    private List<RunEvent> decide(RunInput input) {
        var events = new ArrayList<>(step(input));
        if (state != null && state.wantsTurn()) {
            events.addAll(step(new RunInput.Turn("run", state.attempt() + 1)));
        }
        return events;
    }

    private List<RunEvent> step(RunInput input) {
        var decision = RunDecider.decide(state, input, now);
        decision.changes().forEach((slot, fact) -> {
            if (fact == null) {
                store.remove(slot);
            } else {
                store.put(slot, fact);
            }
        });
        sent.addAll(decision.replies());
        var decided = decision.state();
        if (decided != null) {
            decision.events().forEach(event -> sent.addAll(Outbox.of(decided, event)));
            state = RunState.load(store.values());
            assertThat(state.status()).isEqualTo(decided.status());
        }
        return decision.events();
    }

    private RunState state() {
        if (state == null) {
            throw new AssertionError("the run is unknown");
        }
        return state;
    }

    private Answer answer() {
        var answers = sent(Outbox.Answered.class);
        return answers.get(answers.size() - 1).answer();
    }

    /** Without the message that a run begins, which makes nothing void. */
    private List<Outbox.Withdrawal> withdrawn() {
        return sent(Outbox.Withdrawal.class).stream()
                .filter(withdrawal -> withdrawal.attempt() > 0)
                .toList();
    }

    private <M> List<M> sent(Class<M> type) {
        return sent.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private static List<String> kinds(List<RunEvent> events) {
        return events.stream().map(e -> e.getClass().getSimpleName()).toList();
    }
}
