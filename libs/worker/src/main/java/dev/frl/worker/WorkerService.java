package dev.frl.worker;

import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.share.Lease;
import dev.frl.messaging.share.ShareWorker;
import dev.frl.service.HostTrouble;
import dev.frl.service.Service;
import dev.frl.service.metrics.NvidiaGpus;
import dev.frl.service.metrics.ServiceMetrics;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.Producer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service that takes work from a share group. It takes one record at a time under a renewed lease, does the work, announces the
 * results, and reports progress to topic frl.work-progress and a failure to topic frl.work-failures. A {@link Task} supplies what
 * differs between services: the work and the messages that announce it.
 *
 * <p>It says on topic frl.workers what it does, and takes no records while its host is drained, or pauses since work failed for the
 * host's sake.
 */
public final class WorkerService<V> implements Service {
    private static final Logger log = LoggerFactory.getLogger(WorkerService.class);

    private final Task<V> task;
    private final Producer<String, byte[]> producer;
    private final ShareWorker<V> worker;
    private final WorkerReporter reporter;
    private final WorkerPresence presence;

    /** The work of a service. All calls come from one thread, {@link #close} excepted. */
    public interface Task<V> extends AutoCloseable {
        /**
         * Does the work and announces its results. Returns normally only when everything is announced: the record is then
         * accepted. If the lease ends earlier, throws with {@link Lease#throwIfOver}.
         *
         * @param lease to be checked between steps
         * @param announcer sends the results
         * @param meter hears how far the work is
         * @throws Exception if the work failed; unless the lease is over, the failure is then reported for the work in the meter
         */
        void run(V value, Lease lease, Announcer announcer, WorkMeter meter) throws Exception;

        /** What the record asks for. Only from the record, so that it can be told after any failure. */
        WorkItem item(V value);

        /** Whether this worker is for the record. If not, another member of the group gets it. Only from the record. */
        default boolean accepts(V value) {
            return true;
        }

        /** Name or id of the only experiment whose records it accepts, so that the controller gives it no others; empty for every experiment. */
        default Optional<String> experiment() {
            return Optional.empty();
        }

        /** Why this worker takes no record at this moment, for {@code frl workers list}; empty if it takes one. Asked several times a second. */
        default Optional<String> takesNothing() {
            return Optional.empty();
        }

        /** Frees what it keeps from one record to the next, since memory is short. */
        default void release() {}

        /** Called after the last work has ended. */
        @Override
        default void close() {}
    }

    private WorkerService(
            Task<V> task,
            Producer<String, byte[]> producer,
            ShareWorker<V> worker,
            WorkerReporter reporter,
            WorkerPresence presence) {
        this.task = task;
        this.producer = producer;
        this.worker = worker;
        this.reporter = reporter;
        this.presence = presence;
    }

    /**
     * Starts the service.
     *
     * @param name of the service, its role; with the host it becomes the client id
     * @param group share group that the service joins
     * @param work topic of the group
     * @param task closed with the service
     */
    public static <V> WorkerService<V> start(
            String name,
            WorkerContext context,
            KafkaSettings kafka,
            Topics topics,
            String group,
            Topic<V> work,
            Task<V> task,
            InstantSource clock) {
        var clientId = name + "-" + context.host();
        var engine = context.engine().description();
        var presence = new WorkerPresence(
                name, context.host(), instance(), engine, task.experiment().orElse(null), clock, task::takesNothing);
        var producer = Clients.producer(kafka, clientId);
        var orders = Clients.consumer(kafka, clientId + "-orders", null);
        var withdrawals = new Withdrawals();
        var reporter = new WorkerReporter(
                clientId,
                presence,
                Clients.producer(kafka, clientId + "-reports"),
                topics,
                new WorkerOrders(orders, topics, context.host(), presence, withdrawals),
                clock,
                System::nanoTime);
        var meters = new WorkerMeters(context.meters(), name, work);
        var handler = new WorkHandler<>(
                task, work, producer, topics.workFailures, presence, withdrawals, clock, meters, context.alone());
        ServiceMetrics.bind(context.meters(), producer);
        NvidiaGpus.bind(context.meters());
        var worker = ShareWorker.start(
                kafka,
                clientId,
                group,
                work,
                handler::run,
                (value, lease, error) -> {
                    if (HostTrouble.isMemory(error)) {
                        task.release();
                        context.release();
                    }
                    return handler.failed(value, lease, error);
                },
                presence::takesRecords,
                meters);
        reporter.start();
        log.atInfo().addKeyValue("engine", engine).log("{} started", name);
        return new WorkerService<>(task, producer, worker, reporter, presence);
    }

    /** Process ids repeat: in containers, and where one process has several workers. */
    private static String instance() {
        return String.format(
                Locale.ROOT,
                "%d-%s",
                ProcessHandle.current().pid(),
                UUID.randomUUID().toString().substring(0, 8));
    }

    @Override
    public CompletableFuture<Void> ended() {
        return worker.ended();
    }

    @Override
    public Optional<String> notReady() {
        return presence.notReady();
    }

    @Override
    public Optional<String> notLive() {
        return presence.notLive();
    }

    @Override
    public void close() {
        worker.close();
        reporter.close();
        producer.close();
        task.close();
    }
}
