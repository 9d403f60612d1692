package dev.frl.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.settings.Deadlines;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long Kafka keeps the messages of one topic, against those of another. */
class RetentionTest {
    /** Kafka's default of segment.ms. */
    private static final Duration SEGMENT = Duration.ofDays(7);

    private final Topics topics = new Topics(spec -> {
        throw new AssertionError("no message is read");
    });

    @Test
    void work_is_kept_as_long_as_a_run_may_wait_and_a_withdrawal_longer_than_any_work_that_it_is_about() {
        for (var work : List.of(topics.runAssignments, topics.attackShards)) {
            assertThat(Deadlines.RANGE.contains(keptAtLeast(work)))
                    .as("a spec may name a deadline as long as %s is kept", work.name())
                    .isFalse();
            assertThat(keptAtLeast(topics.withdrawals)).as(work.name()).isGreaterThan(keptAtMost(work));
        }
    }

    @Test
    void an_answer_is_kept_as_long_as_its_question() {
        assertThat(keptAtLeast(topics.specRejections)).isGreaterThan(Duration.ofDays(30));
        assertThat(keptAtLeast(topics.commandAnswers)).isEqualTo(keptAtLeast(topics.commands));
    }

    @Test
    void a_dead_letter_is_kept_at_least_as_long_as_a_run_may_wait_for_its_message() {
        assertThat(topics.deadLetters())
                .allSatisfy(letters -> assertThat(keptAtLeast(letters)).isGreaterThan(Duration.ofDays(30)));
    }

    @Test
    void what_tells_the_state_of_a_run_after_the_controller_has_forgotten_it_is_kept_for_ever() {
        assertThat(List.of(topics.runLog, topics.experimentLog, topics.experimentSpecs))
                .allSatisfy(topic -> assertThat(topic.config()).containsEntry("retention.ms", "-1"));
        assertThat(List.of(topics.runStatus, topics.experimentStatus))
                .allSatisfy(topic -> assertThat(topic.config()).containsEntry("cleanup.policy", "compact"));
        assertThat(topics.changelogs())
                .allSatisfy(topic -> assertThat(topic.config()).containsEntry("cleanup.policy", "compact"));
    }

    private static Duration keptAtLeast(Topic<?> topic) {
        return Duration.ofMillis(Long.parseLong(topic.config().get("retention.ms")));
    }

    /** Kafka deletes whole segments, the newest of whose records is old enough. */
    private static Duration keptAtMost(Topic<?> topic) {
        var segment = topic.config().get("segment.ms");
        return keptAtLeast(topic).plus(segment == null ? SEGMENT : Duration.ofMillis(Long.parseLong(segment)));
    }
}
