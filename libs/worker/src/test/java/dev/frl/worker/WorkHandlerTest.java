package dev.frl.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchException;

import dev.frl.core.failure.FailureKind;
import dev.frl.core.run.Outbox;
import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.core.run.RunInput.WorkFailed;
import dev.frl.core.run.Work;
import dev.frl.core.settings.Part;
import dev.frl.data.DataException;
import dev.frl.engine.NotFiniteException;
import dev.frl.messaging.Topics;
import dev.frl.messaging.share.Acknowledgement;
import dev.frl.messaging.share.Lease;
import dev.frl.service.StandardTopics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class WorkHandlerTest {
    private double busyDuringWork;
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final WorkerMeters meters = new WorkerMeters(registry, "attacker", TOPICS.attackShards);
    private static final Topics TOPICS = StandardTopics.create();
    private static final ShardTask SHARD = Tasks.shard("run-1");
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

    private final MockProducer<String, byte[]> producer =
            new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
    private final WorkerPresence presence = new WorkerPresence("attacker", "gpu-1", "1", "reference", () -> NOW);
    private final Withdrawals withdrawals = new Withdrawals();
    private final Lease lease = new Lease("frl.attack-shards", 0, 7, 1);

    @Test
    void the_results_of_the_work_are_announced_under_their_key() throws Exception {
        // Given
        var handler = handler((shard, held, announcer, meter) -> {
            announcer.announce(TOPICS.shardAttacked, "run-1", Tasks.attacked(shard));
            announcer.announce(TOPICS.shardAttacked, "run-1", Tasks.attacked(shard));
        });

        // When
        handler.run(SHARD, lease);

        // Then
        assertThat(producer.history()).hasSize(2).allSatisfy(message -> {
            assertThat(message.topic()).isEqualTo("frl.shard-attacked");
            assertThat(message.key()).isEqualTo("run-1");
            assertThat(TOPICS.shardAttacked.codec().decode(message.value())).isEqualTo(Tasks.attacked(SHARD));
        });
    }

    @Test
    void every_log_line_of_the_work_names_run_epoch_and_shard() throws Exception {
        // Given
        var names = new ArrayList<Map<String, String>>();
        var handler = handler((shard, held, announcer, meter) -> {
            names.add(MDC.getCopyOfContextMap());
            meter.begins(new Work.EpochTraining(9));
            names.add(MDC.getCopyOfContextMap());
        });

        // When
        handler.run(SHARD, lease);
        MDC.clear();

        // Then
        assertThat(names)
                .containsExactly(
                        Map.of(
                                "run", "run-1",
                                "epoch", Integer.toString(SHARD.epoch()),
                                "shard", Integer.toString(SHARD.shard())),
                        Map.of("run", "run-1", "epoch", "9"));
        assertThat(lease.work()).isEqualTo(names.get(0));
    }

    @Test
    void a_record_that_was_set_aside_is_counted_as_a_dead_letter_of_its_topic() {
        // When
        meters.deadLetter();

        // Then
        assertThat(registry.get("frl.dead.letters")
                        .tag("topic", "frl.attack-shards")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void after_the_lease_was_lost_nothing_is_announced() {
        // Given
        var handler = handler((shard, held, announcer, meter) -> {
            held.lose();
            announcer.announce(TOPICS.shardAttacked, "run-1", Tasks.attacked(shard));
        });

        // When
        assertThatThrownBy(() -> handler.run(SHARD, lease))

                // Then
                .isInstanceOf(InterruptedException.class)
                .hasMessageContaining("lost");
        assertThat(producer.history()).isEmpty();
    }

    @Test
    void an_announcement_that_kafka_does_not_take_is_a_failure_of_the_work() {
        // Given
        var failing = new MockProducer<>(false, null, new StringSerializer(), new ByteArraySerializer()) {
            @Override
            public synchronized java.util.concurrent.Future<org.apache.kafka.clients.producer.RecordMetadata> send(
                    org.apache.kafka.clients.producer.ProducerRecord<String, byte[]> message) {
                var sent = super.send(message);
                errorNext(new KafkaException("disk full"));
                return sent;
            }
        };
        var handler = new WorkHandler<>(
                Tasks.task((shard, held, announcer, meter) ->
                        announcer.announce(TOPICS.shardAttacked, "run-1", Tasks.attacked(shard))),
                TOPICS.attackShards,
                failing,
                TOPICS.workFailures,
                presence,
                withdrawals,
                () -> NOW,
                meters,
                false);

        // When
        assertThatThrownBy(() -> handler.run(SHARD, lease))

                // Then
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("disk full");
    }

    @Test
    void work_that_was_withdrawn_before_it_came_is_not_begun() {
        // Given
        withdrawals.add(new Outbox.Withdrawal("run-1", 1, "a user asked"));
        var handler = handler((shard, held, announcer, meter) -> {
            throw new AssertionError("begun");
        });

        // When
        assertThatThrownBy(() -> handler.run(SHARD, lease))

                // Then
                .isInstanceOf(InterruptedException.class)
                .hasMessageContaining("a user asked");
        assertThat(lease.withdrawn()).isEqualTo("a user asked");
    }

    /** The controller has forgotten the run, and its spec was published again: attempts are counted anew. */
    @Test
    void a_run_that_begins_again_is_not_withdrawn_by_what_ended_it_before() throws Exception {
        // Given
        withdrawals.add(new Outbox.Withdrawal("run-1", 3, "completed"));
        withdrawals.add(new Outbox.Withdrawal("run-1", 0, "the run begins"));
        var handler = handler((shard, held, announcer, meter) ->
                announcer.announce(TOPICS.shardAttacked, "run-1", Tasks.attacked(shard)));

        // When
        handler.run(SHARD, lease);

        // Then
        assertThat(producer.history()).hasSize(1);
    }

    @Test
    void work_of_a_later_attempt_is_not_withdrawn_and_the_next_record_is_not_either() throws Exception {
        // Given
        withdrawals.add(new Outbox.Withdrawal("run-1", 0, "a user asked"));
        var handler = handler(Tasks.NOTHING);

        // When
        handler.run(SHARD, lease);
        withdrawals.add(new Outbox.Withdrawal("run-1", 1, "a user asked"));

        // Then
        assertThat(lease.withdrawn()).as("the work had ended before").isNull();
    }

    @Test
    void a_failure_that_another_attempt_may_avoid_is_reported_as_retryable_and_the_record_is_accepted()
            throws Exception {
        // When
        var acknowledgement = handler(Tasks.NOTHING).failed(SHARD, lease, new DataException("the folder is empty"));

        // Then
        assertThat(acknowledgement).isEqualTo(Acknowledgement.ACCEPT);
        assertThat(reported()).singleElement().satisfies(report -> {
            assertThat(report.runId()).isEqualTo("run-1");
            assertThat(report.work()).isEqualTo(new Work.Shard(Part.VALIDATION, 3, 1));
            assertThat(report.attempt()).isEqualTo(1);
            assertThat(report.reason()).isEqualTo("the folder is empty");
            assertThat(report.kind()).isEqualTo(FailureKind.HOST);
            assertThat(report.host()).isEqualTo("gpu-1");
            assertThat(report.at()).isEqualTo(NOW);
        });
    }

    @Test
    void an_error_of_memory_is_reported_like_any_failure() throws Exception {
        // When
        var acknowledgement = handler(Tasks.NOTHING).failed(SHARD, lease, new OutOfMemoryError("Java heap space"));

        // Then
        assertThat(acknowledgement).isEqualTo(Acknowledgement.ACCEPT);
        assertThat(reported()).singleElement().satisfies(report -> {
            assertThat(report.reason()).contains("FRL_HEAP");
            assertThat(report.kind()).isEqualTo(FailureKind.HOST);
        });
    }

    @Test
    void a_failure_is_reported_for_the_work_that_the_meter_names() throws Exception {
        // Given
        var handler = handler((shard, held, announcer, meter) -> {
            meter.begins(new Work.EpochTraining(7));
            throw new IllegalStateException("no luck");
        });
        var error = catchException(() -> handler.run(SHARD, lease));

        // When
        handler.failed(SHARD, lease, error);

        // Then
        assertThat(reported()).singleElement().extracting(WorkFailed::work).isEqualTo(new Work.EpochTraining(7));
    }

    @Test
    void only_a_failure_for_the_hosts_sake_pauses_the_worker_and_once_however_often_the_report_is_tried()
            throws Exception {
        // Given
        presence.ordersRead();
        var unreachable = new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
        unreachable.sendException = new KafkaException("no broker");
        var handler = new WorkHandler<>(
                Tasks.task(Tasks.NOTHING),
                TOPICS.attackShards,
                unreachable,
                TOPICS.workFailures,
                presence,
                withdrawals,
                () -> NOW,
                meters,
                false);
        handler(Tasks.NOTHING).failed(SHARD, lease, new IllegalStateException("odd"));
        boolean after = presence.takesRecords();
        var error = new DataException("no data");

        // When
        assertThatThrownBy(() -> handler.failed(SHARD, lease, error)).isInstanceOf(KafkaException.class);
        assertThatThrownBy(() -> handler.failed(SHARD, lease, error)).isInstanceOf(KafkaException.class);
        unreachable.sendException = null;
        handler.failed(SHARD, lease, error);

        // Then
        assertThat(after).isTrue();
        assertThat(presence.takesRecords()).isFalse();
        assertThat(presence.status().until()).isEqualTo(NOW.plusSeconds(10));
        assertThat(unreachable.history()).hasSize(1);
    }

    @Test
    void a_failure_that_every_attempt_would_repeat_is_reported_as_permanent_and_the_record_is_accepted()
            throws Exception {
        // When
        var acknowledgement = handler(Tasks.NOTHING).failed(SHARD, lease, new NotFiniteException("loss"));

        // Then
        assertThat(acknowledgement).isEqualTo(Acknowledgement.ACCEPT);
        assertThat(reported()).singleElement().satisfies(report -> {
            assertThat(report.reason()).isEqualTo("loss is not finite");
            assertThat(report.kind()).isEqualTo(FailureKind.PERMANENT);
        });
    }

    @Test
    void after_the_lease_was_lost_no_failure_is_reported() {
        // Given
        lease.lose();

        // When
        assertThatThrownBy(() -> handler(Tasks.NOTHING).failed(SHARD, lease, new DataException("no data")))

                // Then
                .isInstanceOf(InterruptedException.class);
        assertThat(producer.history()).isEmpty();
    }

    @Test
    void images_failures_and_lost_leases_are_counted_under_the_names_of_the_catalogue() throws Exception {
        // Given
        handler((shard, held, announcer, meter) -> {
                    meter.done(512, 1000);
                    meter.done(1000, 1000);
                    busyDuringWork = registry.get("frl.worker.busy").gauge().value();
                })
                .run(SHARD, lease);
        handler(Tasks.NOTHING).failed(SHARD, lease, new DataException("no data"));

        // When
        assertThatThrownBy(() -> handler((shard, held, announcer, meter) -> {
                            held.lose();
                            held.throwIfOver();
                        })
                        .run(SHARD, lease))
                .isInstanceOf(InterruptedException.class);

        // Then
        assertThat(registry.get("frl.images").counter().count()).isEqualTo(1000);
        assertThat(registry.get("frl.work.failures")
                        .tag("kind", "host")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get("frl.lease.losses").counter().count()).isEqualTo(1);
        assertThat(busyDuringWork).isEqualTo(1);
        assertThat(registry.get("frl.worker.busy").gauge().value()).isZero();
        assertThat(registry.getMeters())
                .extracting(meter -> meter.getId().getName())
                .containsOnly(
                        "frl.images", "frl.work.failures", "frl.lease.losses", "frl.worker.busy", "frl.dead.letters");
    }

    @Test
    void a_record_for_another_worker_is_released_at_once_without_a_sign_of_work() {
        // Given
        var held = new Lease("frl.attack-shards", 0, 1, WorkHandler.DECLINED_AT_MOST - 1);

        // When
        assertThatThrownBy(() -> handler(notForThisWorker()).run(SHARD, held))

                // Then
                .isInstanceOf(InterruptedException.class)
                .hasMessageContaining("declined");
        assertThat(held.over()).isTrue();
        assertThat(presence.meter()).isNull();
        assertThat(producer.history()).isEmpty();
    }

    @Test
    void a_record_that_was_declined_often_is_written_again_so_that_kafka_does_not_drop_it() throws Exception {
        // Given
        var held = new Lease("frl.attack-shards", 0, 1, WorkHandler.DECLINED_AT_MOST);

        // When
        handler(notForThisWorker()).run(SHARD, held);

        // Then
        assertThat(held.over()).isFalse(); // the old record is accepted
        assertThat(producer.history()).singleElement().satisfies(message -> {
            assertThat(message.topic()).isEqualTo("frl.attack-shards");
            assertThat(message.key()).isEqualTo(SHARD.runId());
            assertThat(TOPICS.attackShards.codec().decode(message.value())).isEqualTo(SHARD);
        });
    }

    /** Headers of a record in whose place others were delivered so often. */
    private static Headers earlier(int deliveries) {
        return new RecordHeaders()
                .add("frl-earlier-deliveries", Integer.toString(deliveries).getBytes(UTF_8));
    }

    @Test
    void a_record_whose_workers_were_pre_empted_is_written_again_with_the_number_of_its_deliveries() throws Exception {
        // Given
        var held = new Lease("frl.attack-shards", 0, 1, WorkHandler.DECLINED_AT_MOST + 1, earlier(40));
        var handler = handler((shard, lease, announcer, meter) -> {
            throw new AssertionError("begun");
        });

        // When
        handler.run(SHARD, held);

        // Then
        assertThat(held.over()).isFalse(); // the old record is accepted
        assertThat(producer.history()).singleElement().satisfies(message -> {
            assertThat(TOPICS.attackShards.codec().decode(message.value())).isEqualTo(SHARD);
            assertThat(message.headers().lastHeader("frl-earlier-deliveries").value())
                    .asString()
                    .isEqualTo("44");
        });
    }

    @Test
    void a_record_of_which_workers_may_die_is_reported_after_many_deliveries() {
        // Given
        var held = new Lease(
                "frl.attack-shards", 0, 1, WorkHandler.DECLINED_AT_MOST + 1, earlier(WorkHandler.DELIVERED_AT_MOST));
        var handler = handler((shard, lease, announcer, meter) -> {
            throw new AssertionError("begun");
        });

        // When, Then
        assertThatThrownBy(() -> handler.run(SHARD, held))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("204 times");
        assertThat(producer.history()).isEmpty();
    }

    @Test
    void a_declined_record_that_cannot_be_written_again_is_released_and_no_failure_of_its_run_is_reported() {
        // Given
        var held = new Lease("frl.attack-shards", 0, 1, WorkHandler.DECLINED_AT_MOST);
        var failing = new MockProducer<>(false, null, new StringSerializer(), new ByteArraySerializer()) {
            @Override
            public synchronized java.util.concurrent.Future<org.apache.kafka.clients.producer.RecordMetadata> send(
                    org.apache.kafka.clients.producer.ProducerRecord<String, byte[]> message) {
                var sent = super.send(message);
                errorNext(new KafkaException("disk full"));
                return sent;
            }
        };
        var handler = new WorkHandler<>(
                notForThisWorker(),
                TOPICS.attackShards,
                failing,
                TOPICS.workFailures,
                presence,
                withdrawals,
                () -> NOW,
                meters,
                false);

        // When
        assertThatThrownBy(() -> handler.run(SHARD, held))

                // Then
                .isInstanceOf(InterruptedException.class);
        assertThat(held.over()).isTrue();
    }

    private static WorkerService.Task<ShardTask> notForThisWorker() {
        var nothing = Tasks.task(Tasks.NOTHING);
        return new WorkerService.Task<>() {
            @Override
            public void run(ShardTask shard, Lease lease, Announcer announcer, WorkMeter meter) {
                throw new AssertionError("begun");
            }

            @Override
            public WorkItem item(ShardTask shard) {
                return nothing.item(shard);
            }

            @Override
            public boolean accepts(ShardTask shard) {
                return false;
            }
        };
    }

    private WorkHandler<ShardTask> handler(WorkerService.Task<ShardTask> task) {
        return new WorkHandler<>(
                task,
                TOPICS.attackShards,
                producer,
                TOPICS.workFailures,
                presence,
                withdrawals,
                () -> NOW,
                meters,
                false);
    }

    private WorkHandler<ShardTask> handler(Tasks.Run run) {
        return handler(Tasks.task(run));
    }

    private List<WorkFailed> reported() {
        assertThat(producer.history()).allSatisfy(message -> {
            assertThat(message.topic()).isEqualTo("frl.work-failures");
            assertThat(message.key()).isEqualTo("run-1");
        });
        return producer.history().stream()
                .map(message -> TOPICS.workFailures.codec().decode(message.value()))
                .toList();
    }
}
