package dev.frl.worker;

import dev.frl.core.run.RunInput.WorkFailed;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.share.Lease;
import dev.frl.messaging.share.ShareWorker;
import dev.frl.service.Service;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.Producer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service that takes work from a share group. It takes one record at a time under a renewed lease, does the work, announces the
 * results, and reports a failure to topic frl.work-failures. A {@link Task} supplies what differs between services: the work,
 * the messages that announce it, and the report of a failure.
 */
public final class WorkerService<V> implements Service {
    private static final Logger log = LoggerFactory.getLogger(WorkerService.class);

    private final Task<V> task;
    private final Producer<String, byte[]> producer;
    private final ShareWorker<V> worker;

    /** The work of a service. All calls come from one thread, {@link #close} excepted. */
    public interface Task<V> extends AutoCloseable {
        /**
         * Does the work and announces its results. Returns normally only when everything is announced: the record is then
         * accepted. If the lease ends earlier, throws with {@link Lease#throwIfOver}.
         *
         * @param lease to be checked between steps
         * @param announcer sends the results
         * @throws Exception if the work failed; {@link #failed} is then called unless the lease is over
         */
        void run(V value, Lease lease, Announcer announcer) throws Exception;

        /** The report of a failure to the controller. */
        WorkFailed failed(V value, WorkFailure failure);

        /** Called after the last work has ended. */
        @Override
        default void close() {}
    }

    private WorkerService(Task<V> task, Producer<String, byte[]> producer, ShareWorker<V> worker) {
        this.task = task;
        this.producer = producer;
        this.worker = worker;
    }

    /**
     * Starts the service.
     *
     * @param name of the service; with the host it becomes the client id
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
            Task<V> task) {
        var clientId = name + "-" + context.host();
        var producer = Clients.producer(kafka, clientId);
        var handler = new WorkHandler<>(task, producer, topics.workFailures);
        var worker = ShareWorker.start(kafka, clientId, group, work, handler::run, handler::failed);
        log.atInfo().addKeyValue("engine", context.engine().description()).log("{} started", name);
        return new WorkerService<>(task, producer, worker);
    }

    @Override
    public CompletableFuture<Void> ended() {
        return worker.ended();
    }

    @Override
    public void close() {
        worker.close();
        producer.close();
        task.close();
    }
}
