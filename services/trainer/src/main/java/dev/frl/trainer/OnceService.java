package dev.frl.trainer;

import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.TopicReader;
import dev.frl.service.Service;
import dev.frl.service.ServiceProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A trainer that takes one run, or the runs of one experiment, and then ends. It reads from the topics of statuses what becomes of the run
 * and of its experiment, and tells a TrainJob of it.
 */
final class OnceService implements Service {
    private static final Logger log = LoggerFactory.getLogger(OnceService.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long PAUSE_MILLIS = 1000;
    private static final Duration CLOSING = Duration.ofSeconds(3);

    private final OneRun run;
    private final Service trainer;
    private final @Nullable String experiment;
    private final TrainJobStatus trainJob;
    private final Function<String, Consumer<String, byte[]>> consumers;
    private final Topics topics;
    private final Thread thread = new Thread(this::watch, "trainer-once");
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private @Nullable String watched;
    private volatile boolean closing;

    private OnceService(
            OneRun run,
            Service trainer,
            @Nullable String experiment,
            TrainJobStatus trainJob,
            Function<String, Consumer<String, byte[]>> consumers,
            Topics topics) {
        this.run = run;
        this.trainer = trainer;
        this.experiment = experiment;
        this.trainJob = trainJob;
        this.consumers = consumers;
        this.topics = topics;
    }

    /**
     * Starts to watch.
     *
     * @param trainer takes the run; closed with this object
     * @param trainJob closed with this object
     * @param consumers opens a consumer without a group, given the name of what it reads
     */
    static OnceService start(
            OneRun run,
            Service trainer,
            @Nullable String experiment,
            TrainJobStatus trainJob,
            Function<String, Consumer<String, byte[]>> consumers,
            Topics topics) {
        var service = new OnceService(run, trainer, experiment, trainJob, consumers, topics);
        service.thread.setDaemon(true); // brokers that do not respond must not keep the process alive
        trainer.ended().whenComplete((nothing, error) -> service.end(error));
        run.ended().thenAccept(service::end);
        service.thread.start();
        return service;
    }

    private void end(OneRun.Exit exit) {
        var line = exit.code() == OneRun.Code.DONE ? log.atInfo() : log.atWarn();
        line.addKeyValue("exitCode", exit.code().number).log("the trainer ends: {}", exit.reason());
        ended.complete(null);
    }

    private void end(@Nullable Throwable error) {
        if (error == null) {
            ended.complete(null);
        } else {
            ended.completeExceptionally(error);
        }
    }

    private void watch() {
        try (var runs = consumers.apply("run");
                var experiments = consumers.apply("experiment");
                var rejections = consumers.apply("rejections")) {
            boolean reading = false;
            while (!closing && !run.ended().isDone()) {
                try {
                    if (experiment != null && !reading) {
                        TopicReader.seekToBeginning(experiments, topics.experimentStatus);
                        var times = new HashMap<String, Instant>();
                        times.put(experiment, Instant.now());
                        times.put(OneRun.nameIn(experiment), Instant.now());
                        TopicReader.seekToTimes(rejections, times, topics.specRejections);
                        reading = true;
                    }
                    look(runs, experiments, rejections);
                } catch (InterruptException e) {
                    return; // the trainer closes
                } catch (AuthenticationException | AuthorizationException e) {
                    throw e;
                } catch (KafkaException e) {
                    log.atWarn().addKeyValue("reason", e.getMessage()).log("statuses cannot be read; trying again");
                    run.tick();
                    Thread.sleep(PAUSE_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            log.atDebug().log("interrupted: the trainer closes");
        } catch (RuntimeException | Error e) {
            end(e);
        }
    }

    /** Reads what is new, and lets time pass for the run. */
    private void look(
            Consumer<String, byte[]> runs, Consumer<String, byte[]> experiments, Consumer<String, byte[]> rejections) {
        var runId = run.runId();
        if (runId != null && !Objects.equals(runId, watched)) {
            TopicReader.seekToTime(runs, runId, Instant.now(), topics.runStatus);
            watched = runId;
        }
        if (watched != null) {
            runs.poll(POLL)
                    .forEach(record -> value(watched, topics.runStatus, record).ifPresent(status -> {
                        run.hears(status);
                        trainJob.hears(status);
                    }));
        }
        if (experiment != null) {
            experiments
                    .poll(POLL)
                    .forEach(record -> value(record.key(), topics.experimentStatus, record)
                            .ifPresent(status -> {
                                run.hears(status);
                                if (status.experimentId().equals(experiment)) {
                                    trainJob.hears(status);
                                }
                            }));
            if (experiments.assignment().stream()
                    .allMatch(p -> experiments.currentLag(p).orElse(1) == 0)) {
                run.knowsExperiments();
            }
            rejections
                    .poll(Duration.ZERO)
                    .forEach(record ->
                            value(record.key(), topics.specRejections, record).ifPresent(run::hears));
        }
        run.tick();
        if (watched == null && experiment == null) {
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Most records of the partition are of others. One without a value is a status that was forgotten. */
    private static <V> Optional<V> value(@Nullable String key, Topic<V> topic, ConsumerRecord<String, byte[]> record) {
        return record.value() == null || !Objects.equals(record.key(), key)
                ? Optional.empty()
                : TopicReader.value(topic, record);
    }

    @Override
    public CompletableFuture<Void> ended() {
        return ended;
    }

    @Override
    public int exitCode() {
        var exit = run.ended().getNow(null);
        return exit == null ? ServiceProcess.PREEMPTED : exit.code().number;
    }

    @Override
    public Optional<String> notReady() {
        return trainer.notReady();
    }

    @Override
    public Optional<String> notLive() {
        return trainer.notLive();
    }

    @Override
    public void close() {
        closing = true;
        trainer.close();
        trainJob.close();
        try {
            thread.join(CLOSING.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.interrupt(); // not at once: consumers that are interrupted log a failure when they close
    }
}
