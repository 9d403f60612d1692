package dev.frl.core.turn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.turn.TurnFact.Waiting;
import dev.frl.core.turn.TurnInput.Released;
import dev.frl.core.turn.TurnInput.TrainerGone;
import dev.frl.core.turn.TurnInput.TrainerSeen;
import dev.frl.core.turn.TurnInput.Wanted;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    private final Map<String, TurnFact> store = new LinkedHashMap<>();
    private Turns turns = Turns.load(List.of(), START);
    private Instant now = START;
    private Instant upSince = START;

    @Test
    void no_more_runs_get_a_turn_than_there_are_trainers() {
        // Given
        seen("trainer/a/1", true);
        seen("trainer/b/1", true);

        // When
        var first = want("a-1", "a");
        var second = want("a-2", "a");
        var third = want("a-3", "a");

        // Then
        assertThat(first).containsExactly(turn("a-1"));
        assertThat(second).containsExactly(turn("a-2"));
        assertThat(third).isEmpty();
    }

    @Test
    void a_released_turn_goes_to_the_next_run() {
        // Given
        seen("trainer/a/1", true);
        want("a-1", "a");
        want("a-2", "a");

        // When
        var told = decide(new Released("a-1"));

        // Then
        assertThat(told).containsExactly(turn("a-2"));
    }

    @Test
    void a_run_that_no_longer_waits_gets_no_turn() {
        // Given
        want("a-1", "a");
        want("a-2", "a");
        decide(new Released("a-1"));

        // When
        var told = seen("trainer/a/1", true);

        // Then
        assertThat(told).containsExactly(turn("a-2"));
    }

    @Test
    void the_highest_priority_goes_first_even_if_its_experiment_has_more_turns() {
        // Given
        seen("trainer/a/1", true);
        want("a-1", "a", 1);
        want("b-1", "b", 0);
        want("a-2", "a", 1);
        want("c-1", "c", -1);

        // When
        var order = grantAllOneByOne("a-1");

        // Then
        assertThat(order).containsExactly("a-2", "b-1", "c-1");
    }

    @Test
    void experiments_have_their_turns_one_after_another_and_their_runs_by_arrival() {
        // Given
        seen("trainer/a/1", true);
        for (int i = 1; i <= 3; i++) {
            want("a-" + i, "a");
        }
        for (int i = 1; i <= 2; i++) {
            want("b-" + i, "b");
        }

        // When
        var order = grantAllOneByOne("a-1");

        // Then
        assertThat(order).containsExactly("b-1", "a-2", "b-2", "a-3");
    }

    @Test
    void the_experiment_with_the_fewest_turns_goes_first() {
        // Given
        seen("trainer/a/1", true);
        seen("trainer/b/1", true);
        want("a-1", "a");
        want("a-2", "a");
        want("b-1", "b");
        want("a-3", "a");
        decide(new Released("a-1")); // b-1 has a turn beside a-2
        want("c-1", "c");
        want("c-2", "c");

        // When
        var first = seen("trainer/c/1", true);
        var second = seen("trainer/d/1", true);

        // Then
        assertThat(first).containsExactly(turn("c-1"));
        assertThat(second).as("all have one, and a was served first").containsExactly(turn("a-3"));
    }

    @Test
    void an_experiment_that_comes_back_stands_behind_those_that_have_waited_longer() {
        // Given
        seen("trainer/a/1", true);
        want("a-1", "a");
        want("a-2", "a");
        want("b-1", "b");
        decide(new Released("a-1"));

        // When
        var whenBEnds = decide(new Released("b-1"));
        want("b-2", "b"); // forgotten meanwhile
        want("a-3", "a");
        var whenAEnds = decide(new Released("a-2"));

        // Then
        assertThat(whenBEnds).containsExactly(turn("a-2"));
        assertThat(whenAEnds).containsExactly(turn("b-2"));
    }

    @Test
    void an_endless_row_of_small_experiments_does_not_keep_a_sweep_waiting() {
        // Given
        seen("trainer/a/1", true);
        for (int i = 0; i < 5; i++) {
            want("sweep-" + i, "sweep");
        }
        var running = "sweep-0";

        // When
        var order = new ArrayList<String>();
        for (int i = 0; i < 6; i++) {
            want("small-" + i, "small-" + i);
            running = only(decide(new Released(running)));
            order.add(running);
        }

        // Then
        assertThat(order).containsExactly("small-0", "sweep-1", "small-1", "small-2", "sweep-2", "small-3");
    }

    @Test
    void after_a_sweep_of_sixty_runs_an_experiment_of_one_run_begins_within_two_run_lengths() {
        // Given
        seen("trainer/a/1", true);
        for (int i = 1; i <= 60; i++) {
            want("sweep-" + i, "sweep");
        }

        // When
        want("small-1", "small");
        var order = grantAllOneByOne("sweep-1");

        // Then
        assertThat(order.indexOf("small-1"))
                .as("runs of the sweep that end before it")
                .isLessThan(2);
        assertThat(order).hasSize(60);
    }

    @Test
    void a_repeated_message_changes_nothing() {
        // Given
        seen("trainer/a/1", true);
        want("a-1", "a");
        want("a-2", "a");
        var before = turns.facts();

        // When
        want("a-1", "a");
        want("a-2", "a");
        seen("trainer/a/1", true);
        decide(new Released("unknown"));
        decide(new TrainerGone("unknown"));

        // Then
        assertThat(turns.facts()).isEqualTo(before);
    }

    @Test
    void a_run_with_a_turn_that_wants_another_trainer_waits_again_in_its_old_place() {
        // Given
        seen("trainer/a/1", true);
        want("a-1", "a");
        want("a-2", "a");
        want("b-1", "b");

        // When
        var told = want("a-1", 2, "a", 0);
        var order = grantAllOneByOne(only(told));

        // Then
        assertThat(told).as("b has waited longer").containsExactly(turn("b-1"));
        assertThat(order).containsExactly("a-1", "a-2");
        assertThat(turns.facts()).noneMatch(Waiting.class::isInstance);
    }

    @Test
    void a_waiting_run_with_a_new_attempt_keeps_its_place_and_its_turn_names_the_new_attempt() {
        // Given
        want("a-1", "a");
        want("a-2", "a");

        // When
        want("a-1", 2, "a", 0);

        // Then
        assertThat(seen("trainer/a/1", true)).containsExactly(new Turns.Turn("a-1", 2));
    }

    @Test
    void a_trainer_that_takes_nothing_does_not_count_until_it_takes_runs_again() {
        // Given
        seen("trainer/a/1", false);

        // When
        var paused = want("a-1", "a");
        var again = seen("trainer/a/1", true);

        // Then
        assertThat(paused).isEmpty();
        assertThat(again).containsExactly(turn("a-1"));
    }

    @Test
    void a_trainer_that_left_or_takes_nothing_any_more_makes_no_room_for_another_run() {
        // Given
        for (var trainer : List.of("a", "b", "c")) {
            seen(String.format(Locale.ROOT, "trainer/%s/1", trainer), true);
        }
        for (int i = 1; i <= 4; i++) {
            want("a-" + i, "a");
        }
        decide(new TrainerGone("trainer/a/1"));
        seen("trainer/b/1", false);

        // When
        var first = decide(new Released("a-1"));
        var second = decide(new Released("a-2"));
        var third = decide(new Released("a-3"));

        // Then
        assertThat(first).isEmpty();
        assertThat(second).isEmpty();
        assertThat(third).containsExactly(turn("a-4"));
    }

    @Test
    void a_trainer_that_was_not_heard_of_for_two_minutes_does_not_count() {
        // Given
        seen("trainer/a/1", true);
        pass(Duration.ofSeconds(60));
        seen("trainer/b/1", true);

        // When
        pass(Duration.ofSeconds(59));
        int before = trainers();
        pass(Duration.ofSeconds(1));
        int after = trainers();

        // Then
        assertThat(before).isEqualTo(2);
        assertThat(after).isEqualTo(1);
        assertThat(want("a-1", "a")).containsExactly(turn("a-1"));
        assertThat(want("a-2", "a")).isEmpty();
    }

    @Test
    void a_trainer_that_is_heard_of_again_and_again_stays() {
        // Given
        for (int i = 0; i < 20; i++) {
            seen("trainer/a/1", true);
            pass(Duration.ofSeconds(30));
        }

        // When
        var told = want("a-1", "a");

        // Then
        assertThat(told).containsExactly(turn("a-1"));
    }

    @Test
    void after_the_controller_was_down_trainers_have_two_minutes_anew() {
        // Given
        seen("trainer/a/1", true);
        now = now.plus(Duration.ofHours(1));
        upSince = now;

        // When
        pass(Duration.ofSeconds(119));
        int before = trainers();
        pass(Duration.ofSeconds(1));
        int after = trainers();

        // Then
        assertThat(before).isEqualTo(1);
        assertThat(after).isZero();
    }

    @Test
    void a_restarted_controller_gives_trainers_two_minutes_anew() {
        // Given
        seen("trainer/a/1", true);
        now = now.plus(Duration.ofHours(1));
        restart();

        // When
        pass(Duration.ofSeconds(119));
        int before = trainers();
        pass(Duration.ofSeconds(1));
        int after = trainers();

        // Then
        assertThat(before).isEqualTo(1);
        assertThat(after).isZero();
    }

    @Test
    void a_run_gives_up_when_no_trainer_was_in_sight_for_its_patience() {
        // Given
        want("a-1", "a");

        // When
        var before = pass(PATIENCE.minusMillis(1));
        var after = pass(Duration.ofMillis(1));
        var later = pass(PATIENCE);

        // Then
        assertThat(before).isEmpty();
        assertThat(after)
                .containsExactly(new Turns.GiveUp(
                        "a-1", "no trainer was in sight for 30 min; start a trainer and retry the run"));
        assertThat(later).isEmpty();
        assertThat(turns.facts()).isEmpty();
    }

    @Test
    void patience_begins_when_the_last_trainer_is_out_of_sight() {
        // Given
        seen("trainer/a/1", false);
        want("a-1", "a");
        pass(Duration.ofSeconds(119));

        // When
        pass(Duration.ofSeconds(1)); // out of sight
        var before = pass(PATIENCE.minusMillis(1));
        var after = pass(Duration.ofMillis(1));

        // Then
        assertThat(before).isEmpty();
        assertThat(after).singleElement().isInstanceOf(Turns.GiveUp.class);
    }

    @Test
    void a_run_waits_without_limit_while_any_trainer_is_in_sight() {
        // Given
        seen("trainer/a/1", true);
        want("a-1", "a");
        want("a-2", "a");

        // When
        var told = new ArrayList<Turns.Told>();
        for (int i = 0; i < 3000; i++) {
            seen("trainer/a/1", true);
            told.addAll(pass(Duration.ofMinutes(1)));
        }

        // Then
        assertThat(told).isEmpty();
    }

    @Test
    void waiting_while_the_controller_was_down_counts_against_nobody() {
        // Given
        want("a-1", "a");
        pass(PATIENCE.minusSeconds(1));
        now = now.plus(Duration.ofDays(2));
        upSince = now;

        // When
        var before = pass(PATIENCE.minusMillis(1));
        var after = pass(Duration.ofMillis(1));

        // Then
        assertThat(before).isEmpty();
        assertThat(after).singleElement().isInstanceOf(Turns.GiveUp.class);
    }

    @Test
    void a_run_with_a_turn_does_not_give_up() {
        // Given
        seen("trainer/a/1", true);
        want("a-1", "a");
        decide(new TrainerGone("trainer/a/1"));

        // When
        var told = pass(PATIENCE.multipliedBy(2));

        // Then
        assertThat(told).as("its own deadlines watch over its training").isEmpty();
    }

    @Test
    void a_turn_that_is_due_after_a_restart_is_given_at_the_next_tick() {
        // Given
        want("a-1", "a");
        store.put("trainer/x", new TurnFact.Trainer("x", true));
        restart();

        // When
        var told = pass(Duration.ofSeconds(5));

        // Then
        assertThat(told).containsExactly(turn("a-1"));
    }

    @Test
    void a_place_or_a_number_of_turns_that_could_not_be_read_stops_nobody() {
        // Given
        seen("trainer/a/1", true);
        want("a-1", "a");
        want("a-2", "a");
        want("b-1", "b");
        store.remove("experiment/b");
        store.remove("count");

        // When
        restart();
        var order = grantAllOneByOne("a-1");

        // Then
        assertThat(order).containsExactly("b-1", "a-2");
        assertThat(store).containsEntry("count", new TurnFact.Count(3));
    }

    @Test
    void nothing_is_remembered_of_what_is_over_but_the_number_of_turns() {
        // Given
        seen("trainer/a/1", true);
        want("a-1", "a");
        want("b-1", "b");
        decide(new Released("a-1"));
        decide(new Released("b-1"));

        // When
        decide(new TrainerGone("trainer/a/1"));

        // Then
        assertThat(store.values()).containsExactly(new TurnFact.Count(2));
        assertThat(turns.facts()).containsExactly(new TurnFact.Count(2));
    }

    @Test
    void ten_thousand_runs_of_a_thousand_experiments_all_get_their_turns_in_rounds() {
        // Given
        for (int i = 0; i < 10_000; i++) {
            want("run-" + i, "experiment-" + i % 1000);
        }
        var running = only(seen("trainer/a/1", true));

        // When
        var order = new ArrayList<>(List.of(running));
        order.addAll(grantAllOneByOne(running));

        // Then
        assertThat(order).hasSize(10_000);
        for (int i = 0; i < 10_000; i++) {
            assertThat(order.get(i)).isEqualTo("run-" + i);
        }
    }

    /** Each run ends before the next one begins. */
    private List<String> grantAllOneByOne(String running) {
        var order = new ArrayList<String>();
        for (var told = decide(new Released(running)); !told.isEmpty(); ) {
            order.add(only(told));
            told = decide(new Released(only(told)));
        }
        return order;
    }

    private static String only(List<Turns.Told> told) {
        assertThat(told).singleElement().isInstanceOf(Turns.Turn.class);
        return told.get(0).runId();
    }

    private static Turns.Turn turn(String run) {
        return new Turns.Turn(run, 1);
    }

    private List<Turns.Told> want(String run, String experiment) {
        return want(run, experiment, 0);
    }

    private List<Turns.Told> want(String run, String experiment, int priority) {
        return want(run, 1, experiment, priority);
    }

    private List<Turns.Told> want(String run, int attempt, String experiment, int priority) {
        return decide(new Wanted(run, attempt, experiment, priority, PATIENCE, now));
    }

    private List<Turns.Told> seen(String trainer, boolean counts) {
        return decide(new TrainerSeen(trainer, counts, Instant.EPOCH)); // its clock does not matter
    }

    private List<Turns.Told> decide(TurnInput input) {
        return keep(turns.decide(input, now));
    }

    private List<Turns.Told> pass(Duration time) {
        now = now.plus(time);
        return keep(turns.tick(now, upSince));
    }

    private List<Turns.Told> keep(Turns.Decision decision) {
        decision.changes().forEach((key, fact) -> {
            if (fact == null) {
                store.remove(key);
            } else {
                store.put(key, fact);
            }
        });
        return decision.signals();
    }

    private void restart() {
        turns = Turns.load(store.values(), now);
        upSince = now;
    }

    private int trainers() {
        return (int) turns.facts().stream()
                .filter(TurnFact.Trainer.class::isInstance)
                .count();
    }
}
