package dev.frl.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.run.Outbox.Assignment;
import dev.frl.messaging.client.MissingTopicException;
import dev.frl.messaging.share.Lease;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(30)
class FairnessUpdatesTest {
    private static final Instant PLANNED = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant ASSIGNED = Instant.parse("2026-01-02T00:00:00Z");

    private final ScriptedUpdates kafka = new ScriptedUpdates();
    private Instant now = ASSIGNED;
    private final Lease lease = new Lease("frl.run-assignments", 0, 1, 1);

    @Test
    void an_epoch_gets_its_own_update_even_if_a_later_one_is_read_with_it() {
        // Given
        kafka.poll(() -> {
            kafka.update("run", 1, 0.25);
            kafka.update("run", 2, 0.75);
        });
        try (var updates = updates()) {

            // When
            var first = updates.await(1, lease);
            var second = updates.await(2, lease);

            // Then
            assertThat(first).hasValue(ScriptedUpdates.update(1, 0.25));
            assertThat(second).hasValue(ScriptedUpdates.update(2, 0.75));
        }
    }

    @Test
    void the_update_in_the_assignment_needs_no_reading() {
        // Given
        var update = ScriptedUpdates.update(3, 0.5);
        try (var updates =
                new FairnessUpdates(assigned(2, update), kafka.consumer(), ScriptedUpdates.TOPICS, () -> now)) {

            // When
            var third = updates.await(3, lease);

            // Then
            assertThat(third).hasValue(update);
        }
    }

    @Test
    void updates_since_the_assignment_are_read_and_those_of_long_before_are_not() {
        // Given
        kafka.updateBefore(PLANNED, "run", 1, 0.5);
        kafka.updateBefore(ASSIGNED.plusSeconds(1), "run", 2, 0.5);
        try (var updates = updates()) {

            // When
            var second = updates.await(2, lease);

            // Then
            assertThat(second).isPresent();
            kafka.poll(lease::stop);
            assertThat(updates.await(1, lease)).isEmpty();
        }
    }

    @Test
    void all_updates_of_the_run_are_read_for_a_trainer_that_has_only_an_old_checkpoint() {
        // Given
        kafka.updateBefore(PLANNED.minusSeconds(3600), "run", 0, 0.5);
        kafka.updateBefore(PLANNED, "run", 1, 0.25);
        kafka.updateBefore(ASSIGNED.plusSeconds(1), "run", 2, 0.5);
        try (var updates = updates()) {

            // When
            updates.readAll();
            var first = updates.await(1, lease);
            var second = updates.await(2, lease);

            // Then
            assertThat(first).hasValue(ScriptedUpdates.update(1, 0.25));
            assertThat(second).isPresent();
        }
    }

    @Test
    void a_repeated_update_changes_nothing() {
        // Given
        kafka.poll(() -> {
            kafka.update("run", 1, 0.25);
            kafka.update("run", 1, 0.75);
        });
        try (var updates = updates()) {

            // When
            var update = updates.await(1, lease);

            // Then
            assertThat(update).hasValue(ScriptedUpdates.update(1, 0.25));
        }
    }

    @Test
    void updates_of_other_runs_are_ignored() {
        // Given
        kafka.poll(() -> kafka.update("other", 1, 0.25));
        kafka.poll(() -> kafka.update("run", 1, 0.75));
        try (var updates = updates()) {

            // When
            var update = updates.await(1, lease);

            // Then
            assertThat(update).hasValue(ScriptedUpdates.update(1, 0.75));
        }
    }

    @Test
    void messages_that_cannot_be_read_are_skipped() {
        // Given
        kafka.poll(() -> {
            kafka.bytes(ScriptedUpdates.TOPICS.fairnessUpdates, "run", "nonsense".getBytes(StandardCharsets.UTF_8));
            kafka.bytes(ScriptedUpdates.TOPICS.fairnessUpdates, "run", null);
            kafka.update("run", 1, 0.75);
        });
        try (var updates = updates()) {

            // When
            var update = updates.await(1, lease);

            // Then
            assertThat(update).hasValue(ScriptedUpdates.update(1, 0.75));
        }
    }

    @Test
    void a_long_wait_is_in_the_log_with_what_shows_its_reason_and_not_at_every_look() {
        // Given
        var log = new ListAppender<ILoggingEvent>();
        log.start();
        var logger = (Logger) LoggerFactory.getLogger(FairnessUpdates.class);
        logger.addAppender(log);
        for (int minute = 1; minute <= 10; minute++) {
            kafka.poll(() -> now = now.plusSeconds(60));
        }
        kafka.poll(lease::stop);

        // When
        try (var updates = updates()) {
            updates.await(1, lease);
        } finally {
            logger.detachAppender(log);
        }

        // Then
        assertThat(log.list)
                .extracting(line -> line.getKeyValuePairs().toString())
                .containsExactly(
                        "[run=\"run\", epoch=\"1\", waited=\"2 min\"]",
                        "[run=\"run\", epoch=\"1\", waited=\"4 min\"]",
                        "[run=\"run\", epoch=\"1\", waited=\"8 min\"]");
        assertThat(log.list.get(0).getMessage()).contains("`frl why RUN`");
    }

    @Test
    void the_wait_ends_when_the_run_is_withdrawn() {
        // Given
        kafka.poll(() -> lease.withdraw("a user asked"));
        try (var updates = updates()) {

            // When
            var update = updates.await(1, lease);

            // Then
            assertThat(update).isEmpty();
        }
    }

    @Test
    void the_wait_ends_when_the_lease_is_lost_even_if_the_update_has_arrived() {
        // Given
        kafka.poll(() -> {
            kafka.update("run", 1, 0.5);
            lease.lose();
        });
        try (var updates = updates()) {

            // When
            var update = updates.await(1, lease);

            // Then
            assertThat(update).isEmpty();
        }
    }

    @Test
    void the_wait_ends_when_the_worker_shuts_down() {
        // Given
        kafka.poll(lease::stop);
        try (var updates = updates()) {

            // When
            var update = updates.await(1, lease);

            // Then
            assertThat(update).isEmpty();
        }
    }

    @Test
    void a_missing_topic_is_an_error_and_the_consumer_is_closed() {
        // Given
        kafka.consumer().updatePartitions("frl.fairness-updates", java.util.List.of());

        // When
        assertThatThrownBy(() -> updates())

                // Then
                .isInstanceOf(MissingTopicException.class)
                .hasMessageContaining("frl.fairness-updates");
        assertThat(kafka.consumer().closed()).isTrue();
    }

    private FairnessUpdates updates() {
        return new FairnessUpdates(assigned(0, null), kafka.consumer(), ScriptedUpdates.TOPICS, () -> now);
    }

    private static Assignment assigned(int trainedEpoch, @Nullable FairnessUpdate update) {
        return new Assignment(Tiny.plan("run", 2, null), 1, null, trainedEpoch, update, -1, PLANNED, ASSIGNED);
    }
}
