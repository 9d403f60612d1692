package dev.frl.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.errors.Tally;
import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.run.RunInput.ShardAttacked;
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

/** Evaluations of four shards, of which one takes long. Each has three images, of three classes; a shard takes a minute. */
class StragglersTest {
    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

    private final Map<String, RunFact> store = new HashMap<>();
    private final List<Outbox.Message> sent = new ArrayList<>();
    private @Nullable RunState state;
    private Instant now = T0;

    @Test
    void a_shard_that_takes_twice_as_long_as_the_median_after_the_others_is_given_out_once_more() {
        // Given
        evaluating(1);
        attacked(0, "fast");
        attacked(1, "fast");
        progressed(3, "slow");
        var half = tickAfter(Duration.ofMinutes(5));
        attacked(2, "fast");
        progressed(3, "slow");

        // When
        var early = tickAfter(Duration.ofSeconds(119));
        sent.clear();
        var late = tickAfter(Duration.ofSeconds(1));
        var never = tickAfter(Duration.ofMinutes(3));

        // Then
        assertThat(half).as("half of the shards are missing").isEmpty();
        assertThat(early).isEmpty();
        assertThat(kinds(late)).containsExactly("ShardDuplicated");
        assertThat(never).as("one copy").isEmpty();
        assertThat(sent).singleElement().isInstanceOfSatisfying(ShardTask.class, task -> {
            assertThat(task.shard()).isEqualTo(3);
            assertThat(task.attempt())
                    .as("that of the slow worker, whose reports still count")
                    .isEqualTo(1);
        });
        assertThat(state().status().shardsDone()).isEqualTo(3);
    }

    @Test
    void the_first_answer_counts_and_the_other_changes_nothing() {
        // Given
        oneIsDuplicated();

        // When
        var first = attacked(3, "fast");
        var second = attacked(3, "slow");

        // Then
        assertThat(kinds(first)).containsExactly("ShardCounted", "EpochEvaluated");
        assertThat(kinds(second)).containsExactly("Dropped");
        assertThat(store.keySet()).noneMatch(slot -> slot.startsWith("shard-duplicated"));
    }

    @Test
    void the_slow_worker_still_holds_the_deadline_off_and_after_a_restart_there_is_still_one_copy() {
        // Given
        oneIsDuplicated();

        // When
        var events = new ArrayList<RunEvent>();
        for (int minute = 0; minute < 60; minute += 5) {
            now = now.plus(Duration.ofMinutes(5));
            progressed(3, "slow");
            events.addAll(decide(new RunInput.Tick("run", T0)));
        }
        state = RunState.load(store.values());
        progressed(3, "slow");
        events.addAll(decide(new RunInput.Tick("run", T0)));

        // Then
        assertThat(events).isEmpty();
    }

    @Test
    void nothing_is_given_out_twice_if_nobody_works_on_it_or_if_one_host_does_everything() {
        // Given
        evaluating(1);
        attacked(0, "fast");
        attacked(1, "fast");
        attacked(2, "fast");
        var untaken = tickAfter(Duration.ofMinutes(3));

        // When
        progressed(3, "fast");
        var alone = tickAfter(Duration.ofMinutes(3));

        // Then
        assertThat(untaken).isEmpty();
        assertThat(alone).isEmpty();
    }

    @Test
    void enough_shards_make_a_partial_epoch_after_the_deadline_and_it_says_so() {
        // Given
        evaluating(0.75);
        attacked(0, "fast");
        attacked(1, "fast");
        var two = decide(new RunInput.Tick("run", T0));
        attacked(2, "fast");
        assertThat(state().status().next()).isEqualTo("the epoch is evaluated on the 3 shards that are in");

        // When
        var early = tickAfter(Duration.ofMinutes(9));
        var late = tickAfter(Duration.ofMinutes(1));
        var after = attacked(3, "slow");

        // Then
        assertThat(two).isEmpty();
        assertThat(early).isEmpty();
        assertThat(late).singleElement().isInstanceOfSatisfying(EpochEvaluated.class, epoch -> {
            assertThat(epoch.isPartial()).isTrue();
            assertThat(epoch.shards()).isEqualTo(3);
            assertThat(epoch.allShards()).isEqualTo(4);
            assertThat(epoch.images()).isEqualTo(9);
            assertThat(epoch.errors().totalRobust())
                    .as("one of three images of each shard")
                    .isEqualTo(3 / 9.0);
        });
        assertThat(kinds(after)).containsExactly("Dropped");
        var validation = state().status().validation();
        assertThat(validation).isNotNull();
        assertThat(validation.partial()).isTrue();
        assertThat(validation.images()).isEqualTo(9);
    }

    @Test
    void fewer_shards_are_requested_again() {
        // Given
        evaluating(0.8);
        attacked(0, "fast");
        attacked(1, "fast");
        attacked(2, "fast");

        // Then
        assertThat(kinds(tickAfter(Duration.ofMinutes(10)))).containsExactly("ShardsRequested");
    }

    @Test
    void a_class_without_an_image_makes_no_partial_epoch() {
        // Given
        evaluating(0.25);
        decide(shard(0, "fast", new long[] {1, 0, 0, 0, 1, 0, 0, 0, 0}));

        // Then
        assertThat(kinds(tickAfter(Duration.ofMinutes(10)))).containsExactly("ShardsRequested");
    }

    @Test
    void a_run_that_wants_all_shards_requests_them_again_as_ever() {
        // Given
        evaluating(1);
        attacked(0, "fast");
        attacked(1, "fast");
        attacked(2, "fast");

        // Then
        assertThat(kinds(tickAfter(Duration.ofMinutes(10)))).containsExactly("ShardsRequested");
    }

    private void oneIsDuplicated() {
        evaluating(1);
        attacked(0, "fast");
        attacked(1, "fast");
        attacked(2, "fast");
        progressed(3, "slow");
        assertThat(kinds(tickAfter(Duration.ofMinutes(3)))).containsExactly("ShardDuplicated");
    }

    private void evaluating(double minShardFraction) {
        decide(Plans.input(Plans.plan("run", Policy.FRL_REWEIGHT, 2, 4, 2, null, minShardFraction)));
        decide(new RunInput.Turn("run", 1));
        decide(new EpochTrained(
                "run",
                0,
                1,
                new CheckpointRef("file:/w0", "w0"),
                null,
                new DataManifest(List.of("cat", "dog", "car"), List.of(4L, 4L, 4L), List.of(3L, 3L, 3L)),
                null,
                Duration.ofSeconds(3),
                "host",
                "engine",
                now));
    }

    private List<RunEvent> attacked(int shard, String host) {
        return decide(shard(shard, host, new long[] {1, 0, 0, 0, 1, 0, 0, 1, 0}));
    }

    private ShardAttacked shard(int shard, String host, long[] attacked) {
        var clean = attacked[7] == 1 ? new long[] {1, 0, 0, 0, 1, 0, 0, 0, 1} : attacked;
        return new ShardAttacked(
                "run",
                Part.VALIDATION,
                0,
                shard,
                1,
                "w0",
                Tally.of(3, clean, attacked),
                Duration.ofMinutes(1),
                host,
                "engine",
                now);
    }

    private void progressed(int shard, String host) {
        decide(new WorkProgressed("run", new Work.Shard(Part.VALIDATION, 0, shard), 1, 0.1, 1, host, now));
    }

    private List<RunEvent> tickAfter(Duration duration) {
        now = now.plus(duration);
        return decide(new RunInput.Tick("run", T0));
    }

    private List<RunEvent> decide(RunInput input) {
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

    private static List<String> kinds(List<RunEvent> events) {
        return events.stream().map(e -> e.getClass().getSimpleName()).toList();
    }
}
