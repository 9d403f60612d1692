package dev.frl.messaging.share;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.messaging.Samples;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.DeadLetterProducer;
import dev.frl.messaging.client.KafkaSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

/** Without Kafka; pauses are recorded and do not last. */
@Timeout(60)
class WorkThreadTest {
    private static final Topics TOPICS = Samples.topics();

    private final Lease lease = new Lease("frl.attack-shards", 0, 7, 1);
    private final List<Long> pauses = Collections.synchronizedList(new ArrayList<>());
    private final List<Throwable> reported = Collections.synchronizedList(new ArrayList<>());

    @Test
    void a_report_that_fails_is_tried_again_after_growing_pauses_while_the_record_is_held() {
        // Given
        var tries = new AtomicInteger();

        // When
        var outcome = outcome(failing(new IllegalStateException("odd")), (shard, held, error) -> {
            if (tries.incrementAndGet() < 9) {
                throw new IllegalStateException("no broker");
            }
            return Acknowledgement.ACCEPT;
        });

        // Then
        assertThat(outcome).isEqualTo(AcknowledgeType.ACCEPT);
        assertThat(pauses).containsExactly(1000L, 2000L, 4000L, 8000L, 16_000L, 30_000L, 30_000L, 30_000L);
    }

    @Test
    void what_the_work_says_of_itself_for_the_log_is_not_of_the_next_record() {
        // Given
        var names = new ArrayList<Map<String, String>>();
        ShareWorker.OnRecord<ShardTask> work = (shard, held) -> {
            names.add(MDC.getCopyOfContextMap());
            MDC.put("run", "run-1");
        };

        // When
        try (var thread = thread(work, this::report)) {
            thread.begin(shard(), lease, () -> {}).join();
            thread.begin(shard(), lease, () -> {}).join();
        }

        // Then
        assertThat(names).hasSize(2).allSatisfy(name -> assertThat(name).isNullOrEmpty());
    }

    @Test
    void work_that_is_withdrawn_is_accepted_without_a_report() {
        // When
        var outcome = outcome(
                (shard, held) -> {
                    held.withdraw("a user asked");
                    held.throwIfOver();
                },
                this::report);

        // Then
        assertThat(outcome).isEqualTo(AcknowledgeType.ACCEPT);
        assertThat(reported).isEmpty();
    }

    @Test
    void a_report_that_fails_until_the_lease_is_lost_does_not_accept_the_record() {
        // When
        var outcome = outcome(failing(new IllegalStateException("odd")), (shard, held, error) -> {
            if (pauses.size() == 3) {
                held.lose();
            }
            throw new IllegalStateException("no broker");
        });

        // Then
        assertThat(outcome).isEqualTo(AcknowledgeType.RELEASE);
        assertThat(pauses).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                OutOfMemoryError.class,
                StackOverflowError.class,
                UnsatisfiedLinkError.class,
                AssertionError.class
            })
    void an_error_is_a_failure_like_any_other_and_the_thread_works_on(Class<? extends Error> kind) throws Exception {
        // Given
        var error = kind.getConstructor().newInstance();
        try (var thread = thread(failing(error), this::report)) {
            // When
            var first = thread.begin(shard(), lease, () -> {}).join();
            var second = thread.begin(shard(), lease, () -> {}).join();

            // Then
            assertThat(List.of(first, second)).containsOnly(AcknowledgeType.ACCEPT);
            assertThat(reported).containsExactly(error, error);
            assertThatCode(thread::requireSound).doesNotThrowAnyException();
        }
    }

    @Test
    void an_error_of_the_virtual_machine_is_reported_once_and_then_ends_the_worker() {
        // Given
        var error = new InternalError("a page fault");
        try (var thread = thread(failing(error), (shard, held, told) -> {
            reported.add(told);
            throw new IllegalStateException("no broker");
        })) {
            // When
            var outcome = thread.begin(shard(), lease, () -> {}).join();

            // Then
            assertThat(outcome).isEqualTo(AcknowledgeType.RELEASE);
            assertThat(reported).containsExactly(error);
            assertThat(pauses).isEmpty();
            assertThatThrownBy(thread::requireSound).hasMessageContaining("a page fault");
        }
    }

    @Test
    void an_error_while_a_failure_is_reported_loses_nothing() {
        // Given
        var tries = new AtomicInteger();

        // When
        var outcome = outcome(failing(new OutOfMemoryError()), (shard, held, error) -> {
            if (tries.incrementAndGet() == 1) {
                throw new OutOfMemoryError("still");
            }
            return Acknowledgement.ACCEPT;
        });

        // Then
        assertThat(outcome).isEqualTo(AcknowledgeType.ACCEPT);
        assertThat(tries).hasValue(2);
    }

    @Test
    void an_interruption_that_ended_the_work_but_not_the_lease_does_not_keep_the_report_from_being_sent() {
        // When
        var outcome = outcome(
                (shard, held) -> {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("odd");
                },
                (shard, held, error) -> {
                    if (Thread.currentThread().isInterrupted()) {
                        throw new InterruptedException();
                    }
                    return Acknowledgement.ACCEPT;
                });

        // Then
        assertThat(outcome).isEqualTo(AcknowledgeType.ACCEPT);
        assertThat(pauses).isEmpty();
    }

    private Acknowledgement report(ShardTask shard, Lease held, Throwable error) {
        reported.add(error);
        return Acknowledgement.ACCEPT;
    }

    private static ShareWorker.OnRecord<ShardTask> failing(Throwable error) {
        return (shard, held) -> {
            if (error instanceof Error e) {
                throw e;
            }
            throw (Exception) error;
        };
    }

    private AcknowledgeType outcome(ShareWorker.OnRecord<ShardTask> work, ShareWorker.OnFailure<ShardTask> onFailure) {
        try (var thread = thread(work, onFailure)) {
            return thread.begin(shard(), lease, () -> {}).join();
        }
    }

    private WorkThread<ShardTask> thread(
            ShareWorker.OnRecord<ShardTask> work, ShareWorker.OnFailure<ShardTask> onFailure) {
        var none = new DeadLetterProducer(KafkaSettings.of("localhost:1"), "test");
        return new WorkThread<>(
                TOPICS.attackShards, work, onFailure, none, ShareWorker.Observer.NONE, "test", pauses::add);
    }

    private static ConsumerRecord<byte[], byte[]> shard() {
        byte[] value = TOPICS.attackShards.codec().encode(new Samples(1).shard());
        return new ConsumerRecord<>("frl.attack-shards", 0, 7, "run".getBytes(UTF_8), value);
    }
}
