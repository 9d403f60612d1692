package dev.frl.trainer;

import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.ServiceProcess;
import dev.frl.messaging.message.EpochTrained;
import dev.frl.messaging.message.RunAssigned;
import dev.frl.messaging.message.WorkFailed;
import dev.frl.messaging.share.Lease;
import dev.frl.messaging.share.ShareWorker;
import dev.frl.messaging.share.ShareWorker.Verdict;
import dev.frl.worker.WorkFailure;
import dev.frl.worker.WorkerContext;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.Producer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a run, trains it to its last epoch, takes the next. Announces an epoch only when its checkpoint is complete; begins
 * the next only when the controller has answered. If it dies, another trainer is given the run and goes on from the last
 * checkpoint.
 */
public final class TrainerService implements ServiceProcess.Service {
    private static final Logger log = LoggerFactory.getLogger(TrainerService.class);

    private final WorkerContext workplace;
    private final KafkaSettings kafka;
    private final Topics topics;
    private final Clock clock;
    private final Producer<String, byte[]> producer;
    private final ShareWorker<RunAssigned> worker;

    public TrainerService(WorkerContext workplace, KafkaSettings kafka, Topics topics, Clock clock) {
        this.workplace = workplace;
        this.kafka = kafka;
        this.topics = topics;
        this.clock = clock;
        var name = "trainer-" + workplace.host();
        this.producer = Clients.producer(kafka, name);
        this.worker = ShareWorker.start(kafka, name, Topics.TRAINERS, topics.runAssignments, this::train, this::failed);
        log.atInfo().addKeyValue("engine", workplace.engine().description()).log("trainer is up");
    }

    @Override
    public CompletableFuture<Void> ended() {
        return worker.ended();
    }

    private void train(RunAssigned assigned, Lease lease) throws InterruptedException, ExecutionException {
        var plan = assigned.plan();
        int epochs = plan.settings().training().epochs();
        var dataset = workplace.dataset(plan.settings().dataset());
        try (var answers = new FairnessUpdates(kafka, topics, assigned);
                var training = Training.open(
                        plan,
                        assigned.warmStart(),
                        dataset,
                        workplace.engine(),
                        workplace.checkpoints(),
                        workplace.threads(),
                        clock)) {
            log.atInfo()
                    .addKeyValue("run", plan.runId())
                    .addKeyValue("epoch", training.last().number())
                    .addKeyValue("attempt", assigned.attempt())
                    .log("took a run up");
            announce(assigned, training);
            while (training.last().number() < epochs) {
                var answer = answers.await(training.last().number() + 1, lease);
                lease.throwIfOver(); // to return would settle the assignment
                if (answer.isEmpty()) {
                    log.atInfo().addKeyValue("run", plan.runId()).log("the run has ended");
                    return;
                }
                var epoch = training.train(answer.get().treatment(), lease::over);
                lease.throwIfOver();
                log.atInfo()
                        .addKeyValue("run", plan.runId())
                        .addKeyValue("epoch", epoch.orElseThrow().number())
                        .addKeyValue("loss", epoch.get().loss())
                        .addKeyValue("seconds", epoch.get().duration().toMillis() / 1000.0)
                        .log("epoch trained");
                announce(assigned, training);
            }
        }
    }

    /** Returns when the announcement is written. */
    private void announce(RunAssigned assigned, Training training) throws InterruptedException, ExecutionException {
        var epoch = training.last();
        var runId = assigned.plan().runId();
        var trained = new EpochTrained(
                runId,
                epoch.number(),
                assigned.attempt(),
                epoch.weights(),
                epoch.averaged(),
                training.manifest(),
                epoch.loss(),
                epoch.duration(),
                workplace.host(),
                workplace.engine().description(),
                clock.instant());
        producer.send(topics.epochTrained.record(runId, trained)).get();
    }

    /** Tells the controller, so that the run fails with a reason or is tried again, instead of waiting for its deadline. */
    private Verdict failed(RunAssigned assigned, Lease lease, Exception error)
            throws InterruptedException, ExecutionException {
        var runId = assigned.plan().runId();
        var failure = WorkFailure.of(error);
        log.atError()
                .addKeyValue("run", runId)
                .addKeyValue("reason", failure.reason())
                .setCause(failure.defect())
                .log("training failed");
        int epoch =
                workplace.checkpoints().latest(runId).map(c -> c.epoch() + 1).orElse(0);
        var event = WorkFailed.training(
                assigned, epoch, failure.reason(), failure.retryable(), workplace.host(), clock.instant());
        producer.send(topics.workFailures.record(runId, event)).get();
        return Verdict.SETTLED;
    }

    @Override
    public void close() {
        worker.close();
        producer.close();
    }
}
