package dev.frl.trainer;

import dev.frl.core.run.Outbox.Assignment;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.run.Work;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.share.Lease;
import dev.frl.service.metrics.ServiceMeter;
import dev.frl.worker.Announcer;
import dev.frl.worker.WorkItem;
import dev.frl.worker.WorkMeter;
import dev.frl.worker.WorkerContext;
import dev.frl.worker.WorkerService;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains one run at a time to its last epoch. Announces an epoch when its checkpoint is complete, and waits for the controller's
 * fairness update before it trains the next. If this trainer dies, another one takes the run and resumes from the last
 * checkpoint.
 */
public final class TrainerService implements WorkerService.Task<Assignment> {
    private static final Logger log = LoggerFactory.getLogger(TrainerService.class);

    /** The assignment is of the whole run. */
    private static final Headers NO_CAUSE = new RecordHeaders();

    private final WorkerContext context;
    private final Topics topics;
    private final Clock clock;
    private final Timer epochs;
    private final Function<String, Consumer<String, byte[]>> consumers;

    /** @param consumers opens a consumer without a group, given its client id */
    TrainerService(
            WorkerContext context, Topics topics, Clock clock, Function<String, Consumer<String, byte[]>> consumers) {
        this.context = context;
        this.topics = topics;
        this.clock = clock;
        this.epochs = ServiceMeter.EPOCH.timer(context.meters());
        this.consumers = consumers;
    }

    /** Starts a trainer that takes one run after another. */
    public static WorkerService<Assignment> start(
            WorkerContext context, KafkaSettings kafka, Topics topics, Clock clock) {
        return start(context, kafka, topics, clock, task(context, kafka, topics, clock));
    }

    /** Starts a trainer that takes one run, or the runs of one experiment. */
    static OnceService startOnce(
            WorkerContext context,
            KafkaSettings kafka,
            Topics topics,
            Clock clock,
            OnceOptions options,
            TrainJobStatus trainJob) {
        var run = new OneRun(options.experiment(), options.all(), options.patience(), clock);
        var task = new OnceTask(task(context, kafka, topics, clock), run);
        return OnceService.start(
                run,
                start(context, kafka, topics, clock, task),
                options.experiment(),
                trainJob,
                name -> Clients.consumer(kafka, "trainer-once-" + name + "-" + context.host(), null),
                topics);
    }

    private static TrainerService task(WorkerContext context, KafkaSettings kafka, Topics topics, Clock clock) {
        return new TrainerService(context, topics, clock, clientId -> Clients.consumer(kafka, clientId, null));
    }

    private static WorkerService<Assignment> start(
            WorkerContext context,
            KafkaSettings kafka,
            Topics topics,
            Clock clock,
            WorkerService.Task<Assignment> task) {
        return WorkerService.start(
                "trainer", context, kafka, topics, Topics.TRAINERS, topics.runAssignments, task, clock);
    }

    @Override
    public void run(Assignment assigned, Lease lease, Announcer announcer, WorkMeter meter)
            throws InterruptedException, ExecutionException {
        var plan = assigned.plan();
        var dataset = context.dataset(plan.settings().dataset());
        try (var updates = new FairnessUpdates(
                        assigned, consumers.apply("trainer-updates-" + plan.runId()), topics, clock);
                var training = Training.open(
                        plan,
                        assigned.warmStart(),
                        // the next epoch may have a checkpoint that was not announced yet
                        lease.deliveryCount() + lease.earlierDeliveries() > 1
                                ? updates.lastEpoch(lease)
                                : assigned.trainedEpoch() + 1,
                        dataset,
                        context.engine(),
                        context.checkpoints(),
                        context.threads(),
                        clock)) {
            var cleaner = new RetentionCleaner(plan, context.checkpoints(), lease::over);
            cleaner.evaluated(assigned.trainedEpoch(), assigned.bestEpoch());
            int first = training.last().number();
            meter.begins(new Work.EpochTraining(first + 1));
            if (first < assigned.trainedEpoch()) {
                updates.readAll(); // checkpoints are lost: epochs are trained again, with the updates that they had
            }
            log.atInfo()
                    .addKeyValue("run", plan.runId())
                    .addKeyValue("epoch", first)
                    .addKeyValue("attempt", assigned.attempt())
                    .log(first == 0 ? "run started" : "run resumed");
            announce(assigned, training, announcer);
            cleaner.trained(first);
            while (training.last().number() < plan.settings().training().epochs()) {
                var update = updates.await(training.last().number() + 1, lease);
                lease.throwIfOver(); // returning would accept the assignment
                cleaner.evaluated(training.last().number(), updates.bestEpoch());
                var begin = clock.instant();
                var epoch = training.train(update.orElseThrow().treatment(), lease::over, meter);
                lease.throwIfOver(); // without an epoch there is nothing to log
                epochs.record(epoch.orElseThrow().duration());
                trace(plan.runId(), epoch.get(), begin);
                log.atInfo()
                        .addKeyValue("run", plan.runId())
                        .addKeyValue("epoch", epoch.orElseThrow().number())
                        .addKeyValue("loss", epoch.get().loss())
                        .addKeyValue("seconds", epoch.get().duration().toMillis() / 1000.0)
                        .log("epoch trained");
                announce(assigned, training, announcer);
                cleaner.trained(epoch.get().number());
                meter.begins(new Work.EpochTraining(training.last().number() + 1));
            }
        }
    }

    private void trace(String runId, Training.Epoch epoch, Instant begin) {
        var trained = begin.plus(epoch.duration());
        context.tracing().record("train", runId, epoch.number(), begin, trained);
        context.tracing().record("write checkpoint", runId, epoch.number(), trained, clock.instant());
    }

    private void announce(Assignment assigned, Training training, Announcer announcer)
            throws InterruptedException, ExecutionException {
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
                context.host(),
                context.engine().description(),
                clock.instant());
        try (var span = context.tracing().begin("announce epoch", runId, epoch.number(), NO_CAUSE)) {
            announcer.announce(topics.epochTrained, runId, trained);
        }
    }

    /** Begins with the epoch that the controller waits for. */
    @Override
    public WorkItem item(Assignment assigned) {
        return new WorkItem(
                assigned.runId(),
                new Work.EpochTraining(assigned.trainedEpoch() + 1),
                assigned.attempt(),
                assigned.attempt());
    }
}
