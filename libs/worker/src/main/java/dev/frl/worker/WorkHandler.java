package dev.frl.worker;

import dev.frl.core.run.RunInput.WorkFailed;
import dev.frl.core.run.Work;
import dev.frl.messaging.Topic;
import dev.frl.messaging.share.Acknowledgement;
import dev.frl.messaging.share.Lease;
import dev.frl.worker.WorkerService.Task;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.Producer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a task on one record after another, and reports its failures to the controller. */
final class WorkHandler<V> {
    private static final Logger log = LoggerFactory.getLogger(WorkHandler.class);

    private final Task<V> task;
    private final Producer<String, byte[]> producer;
    private final Topic<WorkFailed> failures;

    WorkHandler(Task<V> task, Producer<String, byte[]> producer, Topic<WorkFailed> failures) {
        this.task = task;
        this.producer = producer;
        this.failures = failures;
    }

    void run(V value, Lease lease) throws Exception {
        task.run(value, lease, new Announcer(producer, lease));
    }

    /**
     * Reports a failure, so that the controller requests another attempt or ends the run with a reason, instead of waiting for
     * the deadline. Also a failure that no attempt can mend is accepted and not rejected: its reason is on the run's status.
     */
    Acknowledgement failed(V value, Lease lease, Exception error) throws InterruptedException, ExecutionException {
        var failure = WorkFailure.of(error);
        var report = task.failed(value, failure);
        log(report, failure);
        new Announcer(producer, lease).announce(failures, report.runId(), report);
        return Acknowledgement.ACCEPT;
    }

    private static void log(WorkFailed report, WorkFailure failure) {
        var line = log.atError()
                .addKeyValue("run", report.runId())
                .addKeyValue("epoch", report.work().epoch());
        if (report.work() instanceof Work.Shard shard) {
            line = line.addKeyValue("shard", shard.shard());
        }
        line.addKeyValue("attempt", report.attempt())
                .addKeyValue("reason", failure.reason())
                .setCause(failure.defect())
                .log("work failed");
    }
}
