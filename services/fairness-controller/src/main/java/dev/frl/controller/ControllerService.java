package dev.frl.controller;

import dev.frl.core.failure.FileTrouble;
import dev.frl.messaging.Topics;
import dev.frl.messaging.access.Role;
import dev.frl.messaging.admin.StateCheck;
import dev.frl.messaging.client.ClusterCheck;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.UnpreparedClusterException;
import dev.frl.service.BrokerRefusal;
import dev.frl.service.Service;
import dev.frl.service.Telemetry;
import dev.frl.service.metrics.ServiceMetrics;
import dev.frl.spec.SpecReader;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.StreamsConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The controller as a Kafka Streams application. Several instances share the runs. */
public final class ControllerService implements Service {
    /** Application id of Streams: the consumer group, the transactions and the changelog topic are named after it. */
    public static final String APPLICATION_ID = Topics.CONTROLLERS;

    /** How long ended runs stay in the controller's state, where nothing else is said. */
    public static final Duration RETENTION = Duration.ofDays(90);

    private static final Logger log = LoggerFactory.getLogger(ControllerService.class);

    /** Settings of Streams that users cannot set: the controller's correctness depends on them, or FRL_HOME sets them. */
    static final Set<String> OURS = Set.of(
            StreamsConfig.APPLICATION_ID_CONFIG,
            StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
            StreamsConfig.STATE_DIR_CONFIG,
            StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG,
            StreamsConfig.PROCESSING_EXCEPTION_HANDLER_GLOBAL_ENABLED_CONFIG,
            StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG,
            StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG,
            "default.deserialization.exception.handler", // earlier names of the same
            "default.production.exception.handler",
            StreamsConfig.DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG);

    /** Streams names the topic in its text only. */
    private static final Pattern TOPIC = Pattern.compile("sending record to topic (\\S+)");

    private final KafkaSettings kafka;
    private final Topics topics;
    private final KafkaStreams streams;
    private final CountDownLatch running = new CountDownLatch(1);
    private final StreamsEnd end;

    /**
     * @param retention how long ended runs stay in the controller's state; the same spec runs again after that
     * @param stateDirectory for Streams; may be lost, since the changelog topic restores it
     * @throws IllegalArgumentException if a given setting of Streams is wrong; the message names its variable
     */
    public ControllerService(
            KafkaSettings kafka, Path stateDirectory, Topics topics, SpecReader specs, Duration retention) {
        this(kafka, stateDirectory, topics, specs, retention, Telemetry.none());
    }

    /** The same, and where it counts and traces, and Kafka Streams counts. */
    public ControllerService(
            KafkaSettings kafka,
            Path stateDirectory,
            Topics topics,
            SpecReader specs,
            Duration retention,
            Telemetry telemetry) {
        this.kafka = kafka;
        this.topics = topics;
        var meters = telemetry.meters();
        kafka.warnWithoutEffect(OURS);
        end = new StreamsEnd(error -> explained(error, kafka, stateDirectory, topics));
        streams = new KafkaStreams(
                ControllerTopology.build(
                        topics, specs, retention, new ControllerMeters(meters, topics), telemetry.tracing()),
                properties(kafka, stateDirectory));
        if (ServiceMetrics.isRead(meters)) {
            new KafkaStreamsMetrics(streams).bindTo(meters); // until the process ends
        }
        streams.setUncaughtExceptionHandler(end);
        streams.setStateListener((now, before) -> {
            log.atDebug().addKeyValue("state", now).log("controller changed its state");
            if (now == State.RUNNING || now == State.ERROR || now == State.NOT_RUNNING) {
                running.countDown();
            }
            end.entered(now);
        });
    }

    /** Says in one line what Streams tells in a chain of causes: a topic takes no records, the state folder cannot be written, or a topic is missing. */
    private static Throwable explained(Throwable error, KafkaSettings kafka, Path stateDirectory, Topics topics) {
        if (StreamsEnd.isOfTopic(error)) {
            var topic = TOPIC.matcher(String.valueOf(error.getMessage()));
            return new IllegalStateException(
                    (topic.find() ? "a record for " + topic.group(1) + " was not taken: " : "")
                            + BrokerRefusal.reason(error).orElse(""),
                    error);
        }
        return FileTrouble.find(error)
                .<Throwable>map(trouble -> new IllegalStateException(
                        String.format(
                                Locale.ROOT,
                                "the controller cannot write its state in %s: %s; or set FRL_HOME to another folder, and start it again. Nothing is lost: the broker has all of it",
                                stateDirectory,
                                trouble),
                        error))
                .orElseGet(() -> missingTopic(error, kafka, topics));
    }

    /** Names the topic that is missing: Streams only says that one is. */
    private static Throwable missingTopic(Throwable error, KafkaSettings kafka, Topics topics) {
        try {
            ClusterCheck.requireReady(kafka, topics, Role.CONTROLLER);
        } catch (UnpreparedClusterException e) {
            e.addSuppressed(error);
            return e;
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            error.addSuppressed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return error;
    }

    /** Settings of Streams. Given settings win over the defaults. */
    static Properties properties(KafkaSettings kafka, Path stateDirectory) {
        var properties = new Properties();
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, GroupCommit.LONGEST.toMillis());
        properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, -1); // the broker's default
        // Messages of different topics need no order: a decision depends on the run's state alone.
        properties.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
        // The tasks of an evaluation repeat the settings of their run.
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
        // New records end these waits. They are long so that an idle controller leaves the processors to training.
        properties.put(StreamsConfig.POLL_MS_CONFIG, 25);
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), 2000);
        // By default a killed instance keeps its partitions, and its transaction open, for 45 s.
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 10_000);
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), 10_000);
        properties.putAll(kafka.applicationConfig(
                StreamsConfig.configDef(),
                OURS,
                StreamsConfig::consumerPrefix,
                StreamsConfig::producerPrefix,
                StreamsConfig::adminClientPrefix));
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, APPLICATION_ID);
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        // There is no global thread here, but Streams warns at every start unless this is set.
        properties.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_GLOBAL_ENABLED_CONFIG, true);
        // The assignor, which is configured as a consumer, reads it again.
        properties.put(
                StreamsConfig.consumerPrefix(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_GLOBAL_ENABLED_CONFIG), true);
        properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        return properties;
    }

    /** @throws IllegalArgumentException if a given setting of Streams is wrong; the message names its variable */
    static void requireSettings(KafkaSettings kafka) {
        properties(kafka, Path.of(""));
    }

    /**
     * Starts to decide.
     *
     * @throws UnpreparedClusterException if the state in the cluster does not fit its topics
     */
    public void start() {
        try {
            StateCheck.require(kafka, topics);
        } catch (ExecutionException | TimeoutException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            log.atWarn().addKeyValue("reason", cause.getMessage()).log("not known whether the state fits the topics");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        streams.start();
    }

    /** Waits until the controller runs. Returns false if it does not run within the timeout. */
    public boolean awaitRunning(Duration timeout) throws InterruptedException {
        running.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
        return streams.state().isRunningOrRebalancing();
    }

    @Override
    public CompletableFuture<Void> ended() {
        return end.ended();
    }

    /** Streams ends the process when it fails, so that its other states pass. */
    @Override
    public Optional<String> notReady() {
        var state = streams.state();
        return state == State.RUNNING
                ? end.trouble()
                : Optional.of(String.format(
                        Locale.ROOT, "the controller takes over partitions: Kafka Streams is in state %s", state));
    }

    @Override
    public void close() {
        streams.close(Duration.ofSeconds(20));
        end.stopped();
    }
}
