package dev.frl.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.run.Work;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.messaging.message.WorkerStatus.Held;
import dev.frl.messaging.message.WorkerStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class WorkerPresenceTest {
    private static final Instant BEGIN = Instant.parse("2026-11-25T12:00:00Z");
    private static final WorkMeter WORK = new WorkMeter(new WorkItem("run-1", new Work.EpochTraining(3), 1, 1));

    private Instant now = BEGIN;
    private final WorkerPresence presence = new WorkerPresence("trainer", "gpu-1", "7-ab", "reference", () -> now);

    @Test
    void no_record_is_taken_before_the_orders_are_known() {
        // Given
        boolean before = presence.takesRecords();

        // When
        presence.ordersRead();

        // Then
        assertThat(before).isFalse();
        assertThat(presence.takesRecords()).isTrue();
    }

    @Test
    void pauses_are_doubled_up_to_five_minutes_and_short_again_after_a_success() {
        // Given
        presence.ordersRead();
        var pauses = new ArrayList<Long>();

        // When
        for (int failure = 1; failure <= 7; failure++) {
            pauses.add(pause());
        }
        presence.succeeded();
        pauses.add(pause());

        // Then
        assertThat(pauses).isEqualTo(List.of(10L, 20L, 40L, 80L, 160L, 300L, 300L, 10L));
    }

    /** Lasts to the end of a pause, and returns its seconds. */
    private long pause() {
        presence.failedForItsHost("no data");
        var status = presence.status();
        assertThat(status.state()).isEqualTo(State.PAUSED);
        assertThat(status.reason()).isEqualTo("no data");
        var until = status.until();
        assertThat(until).isNotNull();
        long seconds = Duration.between(now, until).toSeconds();
        now = until.minusMillis(1);
        assertThat(presence.takesRecords()).isFalse();
        now = until;
        assertThat(presence.takesRecords()).isTrue();
        assertThat(presence.status().state()).isEqualTo(State.IDLE);
        assertThat(presence.status().until()).isNull();
        return seconds;
    }

    @Test
    void a_worker_that_is_drained_finishes_what_it_holds_and_takes_nothing_new() {
        // Given
        presence.ordersRead();
        presence.begins(WORK);
        var working = presence.status();

        // When
        now = now.plusSeconds(5);
        presence.drain(true);
        var draining = presence.status();
        presence.ends();
        var drained = presence.status();
        presence.drain(false);

        // Then
        var held = new Held("run-1", new Work.EpochTraining(3));
        assertThat(working).isEqualTo(status(State.WORKING, null, held, BEGIN, BEGIN));
        assertThat(draining).isEqualTo(status(State.DRAINING, "the host is drained", held, now, now));
        assertThat(drained).isEqualTo(status(State.DRAINING, "the host is drained", null, now, now));
        assertThat(presence.status().state()).isEqualTo(State.IDLE);
        assertThat(presence.takesRecords()).isTrue();
    }

    @Test
    void each_record_has_its_own_beginning() {
        // Given
        presence.begins(WORK);
        now = now.plusSeconds(1);

        // When
        presence.ends();
        now = now.plusSeconds(1);
        presence.begins(WORK);

        // Then
        assertThat(presence.status().since()).isEqualTo(BEGIN.plusSeconds(2));
    }

    private static WorkerStatus status(
            State state,
            @org.jspecify.annotations.Nullable String reason,
            @org.jspecify.annotations.Nullable Held held,
            Instant since,
            Instant at) {
        return new WorkerStatus("trainer", "gpu-1", "7-ab", "reference", null, state, reason, null, held, since, at);
    }

    @Test
    void it_is_ready_while_it_takes_records_and_says_why_it_does_not() {
        // Given
        var before = presence.notReady();
        presence.ordersRead();

        // When
        var ready = presence.notReady();
        presence.failedForItsHost("no data in /data");
        var paused = presence.notReady();
        now = now.plusSeconds(10);

        // Then
        assertThat(before).hasValueSatisfying(line -> assertThat(line).contains("orders"));
        assertThat(ready).isEmpty();
        assertThat(paused).hasValue("the trainer takes no records until 2026-11-25T12:00:10Z: no data in /data");
        assertThat(presence.notReady()).isEmpty();
    }

    @Test
    void it_is_ready_on_a_host_that_an_operator_drained() {
        // Given
        presence.ordersRead();

        // When
        presence.drain(true);

        // Then
        assertThat(presence.notReady()).isEmpty();
    }

    @Test
    void it_is_not_live_when_it_has_not_asked_for_a_record_for_long() {
        // Given
        presence.takesRecords();

        // When
        now = now.plus(WorkerPresence.LONGEST_SILENCE);
        var atTheLimit = presence.notLive();
        now = now.plusSeconds(1);
        var silent = presence.notLive();
        presence.takesRecords();

        // Then
        assertThat(atTheLimit).isEmpty();
        assertThat(silent).hasValueSatisfying(line -> assertThat(line).contains("2026-11-25T12:00:00Z"));
        assertThat(presence.notLive()).isEmpty();
    }

    @Test
    void it_is_live_during_long_work_and_right_after_it() {
        // Given
        presence.begins(WORK);

        // When
        now = now.plus(Duration.ofHours(3));
        var during = presence.notLive();
        presence.ends();

        // Then
        assertThat(during).isEmpty();
        assertThat(presence.notLive()).isEmpty();
    }

    @Test
    void a_worker_whose_task_wants_nothing_takes_nothing_counts_as_draining_and_says_why() {
        // Given
        var why = new AtomicReference<Optional<String>>(Optional.empty());
        var worker = new WorkerPresence("trainer", "gpu-1", "7-ab", "reference", null, () -> now, why::get);
        worker.ordersRead();
        boolean before = worker.takesRecords();

        // When
        why.set(Optional.of("waits for the end of run a"));

        // Then
        assertThat(before).isTrue();
        assertThat(worker.takesRecords()).isFalse();
        assertThat(worker.notReady()).isEmpty();
        assertThat(worker.status().state()).isEqualTo(State.DRAINING);
        assertThat(worker.status().reason()).isEqualTo("waits for the end of run a");
    }
}
