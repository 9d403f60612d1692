package dev.frl.worker;

import dev.frl.core.failure.FailureKind;
import dev.frl.core.run.RunInput.WorkFailed;
import dev.frl.core.run.Work;
import dev.frl.messaging.Topic;
import dev.frl.messaging.share.Acknowledgement;
import dev.frl.messaging.share.Lease;
import dev.frl.worker.WorkerService.Task;
import java.time.InstantSource;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a task on one record after another, and reports its failures to the controller. Used by one thread. */
final class WorkHandler<V> {
    private static final Logger log = LoggerFactory.getLogger(WorkHandler.class);

    /**
     * Deliveries after which a record that is declined is written again instead of released, and one more after which any record is: Kafka
     * drops a record after its tenth delivery, brokers of 4.2 after the fifth, also if its workers were only pre-empted.
     */
    static final int DECLINED_AT_MOST = 3;

    /** Deliveries of one request, after which it may be the request itself that ends its workers. */
    static final int DELIVERED_AT_MOST = 200;

    private final Task<V> task;
    private final Topic<V> work;
    private final Producer<String, byte[]> producer;
    private final Topic<WorkFailed> failures;
    private final WorkerPresence presence;
    private final Withdrawals withdrawals;
    private final InstantSource clock;
    private final WorkerMeters meters;
    private final boolean alone;
    /** Meter of the last record's work. */
    private @Nullable WorkMeter meter;

    private @Nullable Throwable handled;

    WorkHandler(
            Task<V> task,
            Topic<V> work,
            Producer<String, byte[]> producer,
            Topic<WorkFailed> failures,
            WorkerPresence presence,
            Withdrawals withdrawals,
            InstantSource clock,
            WorkerMeters meters,
            boolean alone) {
        this.alone = alone;
        this.meters = meters;
        this.task = task;
        this.work = work;
        this.producer = producer;
        this.failures = failures;
        this.presence = presence;
        this.withdrawals = withdrawals;
        this.clock = clock;
    }

    void run(V value, Lease lease) throws Exception {
        var measured = new WorkMeter(task.item(value), System::nanoTime, meters::images);
        meter = measured;
        WorkLog.begins(measured.item());
        lease.work(WorkLog.names(measured.item()));
        withdrawals.begins(measured.item(), lease);
        lease.throwIfOver(); // withdrawn before it came here
        if (!task.accepts(value)) {
            decline(value, measured.item().runId(), lease);
            return;
        }
        if (lease.deliveryCount() > DECLINED_AT_MOST
                && isWrittenAgain(value, measured.item().runId(), lease)) {
            withdrawals.ends();
            return;
        }
        presence.begins(measured);
        meters.begins();
        try {
            task.run(value, lease, new Announcer(producer, lease), measured);
            presence.succeeded();
        } finally {
            presence.ends();
            meters.ends(lease.lost());
            withdrawals.ends();
        }
    }

    /** If this worker dies between the new record and the end of the old one, there are two; the controller counts one of the results. */
    private void decline(V value, String key, Lease lease) throws InterruptedException {
        withdrawals.ends();
        if (lease.deliveryCount() >= DECLINED_AT_MOST && isWrittenAgain(value, key, lease)) {
            return;
        }
        lease.decline();
        lease.throwIfOver();
    }

    /** Writes a record in the place of the one that is held. If it could not, this one is used, as long as Kafka delivers it. */
    private boolean isWrittenAgain(V value, String key, Lease lease) throws InterruptedException {
        int deliveries = lease.deliveryCount() + lease.earlierDeliveries();
        if (deliveries > DELIVERED_AT_MOST) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "it was given to workers %d times, and none of them ended it: do they die of it?",
                    deliveries));
        }
        try {
            lease.throwIfOver();
            producer.send(lease.inItsPlace(work.record(key, value))).get();
            return true;
        } catch (ExecutionException e) {
            log.atWarn().setCause(e).addKeyValue("run", key).log("a record could not be written again");
            return false;
        }
    }

    /**
     * Reports a failure, so that the controller requests another attempt or ends the run with a reason, instead of waiting for
     * the deadline. Also a failure that no attempt can mend is accepted and not rejected: its reason is on the run's status.
     * Called again with the same error if the report could not be sent.
     */
    Acknowledgement failed(V value, Lease lease, Throwable error) throws InterruptedException, ExecutionException {
        var failure = WorkFailure.of(error, alone);
        var item = meter == null ? task.item(value) : meter.item();
        if (error != handled) {
            handled = error;
            log(item, failure);
            meters.failed(failure.kind());
            if (failure.kind() == FailureKind.HOST) {
                presence.failedForItsHost(failure.reason());
            }
        }
        var report = new WorkFailed(
                item.runId(),
                item.work(),
                item.attempt(),
                failure.reason(),
                failure.kind(),
                presence.host(),
                clock.instant());
        new Announcer(producer, lease).announce(failures, report.runId(), report);
        handled = null;
        return Acknowledgement.ACCEPT;
    }

    private static void log(WorkItem item, WorkFailure failure) {
        var line = log.atError()
                .addKeyValue("run", item.runId())
                .addKeyValue("epoch", item.work().epoch());
        if (item.work() instanceof Work.Shard shard) {
            line = line.addKeyValue("shard", shard.shard());
        }
        line.addKeyValue("attempt", item.attempt())
                .addKeyValue("reason", failure.reason())
                .setCause(failure.defect())
                .log("work failed");
    }
}
