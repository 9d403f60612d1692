package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.run.Work;
import dev.frl.core.settings.Part;
import dev.frl.messaging.message.HostOrder;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.messaging.message.WorkerStatus.Held;
import dev.frl.messaging.message.WorkerStatus.State;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkersCommandTest {
    @TempDir
    Path directory;

    private TestContext context;
    private Instant begin;

    @BeforeEach
    void begin() {
        context = new TestContext(directory);
        context.env.put("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092");
        begin = context.now;
        worker(
                "trainer",
                "gpu-2",
                State.WORKING,
                null,
                null,
                new Held("small-none-1", new Work.EpochTraining(3)),
                begin);
        worker("attacker", "gpu-2", State.PAUSED, "no data", begin.plusSeconds(80), null, begin);
        var shard = new Work.Shard(Part.TEST, 3, 1);
        worker(
                "attacker",
                "gpu-1",
                State.DRAINING,
                "the host is drained",
                null,
                new Held("small-none-1", shard),
                begin);
        worker("trainer", "gpu-1", State.DRAINING, "the host is drained", null, null, begin);
        worker("attacker", "gpu-3", State.IDLE, null, null, null, begin.minusSeconds(120));
        context.advance(Duration.ofSeconds(20));
    }

    @Test
    void status_and_list_say_that_no_trainer_is_in_sight_while_runs_wait_for_one() {
        // Given
        FakeKafka.plan(Specs.GOOD)
                .runs()
                .forEach(plan -> context.kafka.events.addAll(
                        new FakeRun(plan, context.now).requested().events()));

        // When
        context.frl("list");
        var withTrainers = context.err.toString();
        context.advance(Duration.ofMinutes(2)); // they are silent now
        worker("attacker", "gpu-4", State.IDLE, null, null, null, context.now);
        context.frl("list");
        context.frl("list", "-o", "json");
        context.frl("status", "small-none", "-o", "json");

        // Then
        assertThat(withTrainers).isEmpty();
        assertThat(context.err.toString()).isEqualTo("""
                No trainer is in sight, and 2 runs wait for one. To start some: frl up
                No trainer is in sight, and 2 runs wait for one. To start some: frl up
                No trainer is in sight, and 1 run waits for one. To start some: frl up
                """);
        assertThat(context.out.toString()).doesNotContain("in sight");
    }

    @Test
    void trainers_are_not_asked_for_when_no_run_waits() {
        // Given
        context.kafka.ran(Specs.GOOD);
        context.kafka.workers.clear();

        // When
        context.frl("list");
        context.frl("status", "small");

        // Then
        assertThat(context.err.toString()).isEmpty();
    }

    @Test
    void list_shows_what_every_worker_does() {
        // When
        int code = context.frl("workers", "list");

        // Then
        assertThat(code).isZero();
        assertThat(context.out.toString()).isEqualTo("""
                ROLE      HOST   STATE     WORK                                 SINCE           ENGINE     REASON
                attacker  gpu-1  draining  small-none-1, epoch 3, test shard 1  20 s ago        reference  the host is drained
                trainer   gpu-1  drained   -                                    20 s ago        reference  the host is drained
                attacker  gpu-2  paused    -                                    20 s ago        reference  no data (1 min left)
                trainer   gpu-2  working   small-none-1, epoch 3                20 s ago        reference
                attacker  gpu-3  silent    -                                    2 min 20 s ago  reference  was idle
                """);
    }

    @Test
    void list_as_json_has_every_field() {
        // When
        context.frl("workers", "list", "-o", "json");

        // Then
        assertThat(context.out.toString())
                .startsWith("""
                [
                  {
                    "role" : "attacker",
                    "host" : "gpu-1",
                    "instance" : "attacker-1",
                    "engine" : "reference",
                    "experiment" : null,
                    "state" : "draining",
                    "silent" : false,
                    "reason" : "the host is drained",
                    "until" : null,
                    "run" : "small-none-1",
                    "epoch" : 3,
                    "part" : "test",
                    "shard" : 1,
                    "since" : "2026-11-22T12:00:00Z",
                    "at" : "2026-11-22T12:00:00Z"
                  },
                """)
                .contains("\"until\" : \"2026-11-22T12:01:20Z\"")
                .contains("\"silent\" : true");
    }

    @Test
    void list_of_nothing_is_empty_json_too() {
        // Given
        context.kafka.workers.clear();

        // When
        context.frl("workers", "list");
        context.frl("workers", "list", "-o", "json");

        // Then
        assertThat(context.err.toString()).startsWith("There are no workers");
        assertThat(context.out.toString()).isEqualTo("[ ]\n");
    }

    @Test
    void drain_and_undrain_say_what_they_did_and_change_nothing_the_second_time() {
        // When
        int drained = context.frl("workers", "drain", "gpu-2");
        var order = Map.copyOf(context.kafka.orders);
        context.advance(Duration.ofMinutes(1));
        int again = context.frl("workers", "drain", "gpu-2");
        var orderAgain = Map.copyOf(context.kafka.orders);
        int undrained = context.frl("workers", "undrain", "gpu-2");
        int undrainedAgain = context.frl("workers", "undrain", "gpu-2");

        // Then
        assertThat(new int[] {drained, again, undrained, undrainedAgain}).containsOnly(0);
        assertThat(order)
                .containsExactly(Map.entry("gpu-2", new HostOrder("gpu-2", true, begin.plusSeconds(20))))
                .isEqualTo(orderAgain);
        assertThat(context.kafka.orders)
                .containsExactly(Map.entry("gpu-2", new HostOrder("gpu-2", false, begin.plusSeconds(80))));
        assertThat(context.err.toString()).isEqualTo("""
                Host gpu-2 is drained: its 2 workers finish what they hold, and take nothing new. To end that: frl workers undrain gpu-2
                Host gpu-2 has been drained for 1 min; nothing was changed.
                Host gpu-2 is no longer drained: its 2 workers take work again.
                Host gpu-2 is not drained; nothing was changed.
                """);
        assertThat(context.out.toString()).contains("attacker  gpu-2  paused").doesNotContain("gpu-1");
    }

    @Test
    void a_host_that_was_never_seen_is_named_with_the_nearest_and_nothing_is_ordered() {
        // When
        int near = context.frl("workers", "drain", "gpu2");
        int far = context.frl("workers", "undrain", "elsewhere");

        // Then
        assertThat(new int[] {near, far}).containsOnly(1);
        assertThat(context.kafka.orders).isEmpty();
        assertThat(context.err.toString())
                .contains(
                        "frl workers drain: no worker of host gpu2 was heard of for a day, so nothing was changed; did you mean gpu-2")
                .contains("frl workers undrain: no worker of host elsewhere was heard of for a day, so nothing was"
                        + " changed; `frl workers list` shows all workers.");
    }

    @Test
    void a_host_whose_workers_are_gone_can_be_undrained() {
        // Given
        context.kafka.orders.put("old", new HostOrder("old", true, begin));

        // When
        int code = context.frl("workers", "undrain", "old");

        // Then
        assertThat(code).isZero();
        assertThat(context.kafka.orders.get("old").drain()).isFalse();
        assertThat(context.err.toString()).isEqualTo("Host old is no longer drained: no worker runs there now.\n");
    }

    private void worker(
            String role,
            String host,
            State state,
            @Nullable String reason,
            @Nullable Instant until,
            @Nullable Held held,
            Instant at) {
        context.kafka.workers.add(
                new WorkerStatus(role, host, role + "-1", "reference", null, state, reason, until, held, at, at));
    }
}
