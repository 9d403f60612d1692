package dev.frl.controller;

import dev.frl.messaging.Topics;
import dev.frl.messaging.client.ServiceProcess;
import dev.frl.spec.SpecReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The controller as a Kafka Streams application. Several instances share the runs among them. */
public final class ControllerService implements ServiceProcess.Service {
    /** Of the Streams application: its consumer group, its transactions and its changelog topic are named after it. */
    public static final String APPLICATION_ID = "frl-fairness-controller";
    /** A thread that dies is replaced so often; then something is wrong that a restart does not mend. */
    private static final int MAX_REPLACED_THREADS = 10;

    private static final Logger log = LoggerFactory.getLogger(ControllerService.class);

    private final KafkaStreams streams;
    private final CountDownLatch running = new CountDownLatch(1);
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    /**
     * @param client how to reach Kafka: bootstrap servers and whatever its clients need
     * @param stateDirectory for Streams; may be lost, the changelog topic restores it
     */
    public ControllerService(Map<String, Object> client, Path stateDirectory, Topics topics, SpecReader specs) {
        streams = new KafkaStreams(ControllerTopology.build(topics, specs), properties(client, stateDirectory));
        var replaced = new AtomicInteger();
        streams.setUncaughtExceptionHandler(e -> {
            log.atError().setCause(e).log("a stream thread died");
            return replaced.incrementAndGet() <= MAX_REPLACED_THREADS
                    ? StreamThreadExceptionResponse.REPLACE_THREAD
                    : StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.setStateListener((now, before) -> {
            log.atDebug().addKeyValue("state", now).log("controller");
            if (now == State.RUNNING) {
                running.countDown();
            } else if (now == State.ERROR) {
                running.countDown();
                ended.completeExceptionally(new IllegalStateException("the stream application gave up; see the log"));
            } else if (now == State.NOT_RUNNING) {
                running.countDown();
                ended.complete(null);
            }
        });
    }

    private static Properties properties(Map<String, Object> client, Path stateDirectory) {
        var properties = new Properties();
        properties.putAll(client);
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, APPLICATION_ID);
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, RunProcessor.GROUP_COMMIT.toMillis());
        properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, -1); // the broker's default
        // There is no global thread here; Streams warns at every start while this is not said.
        properties.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_GLOBAL_ENABLED_CONFIG, true);
        properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        // A record wakes it at once; these say how often it looks around while nothing comes, beside training on few
        // processors.
        properties.put(StreamsConfig.POLL_MS_CONFIG, 500);
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), 2000);
        // Without it an instance that was killed keeps its partitions for 45 s, and its transaction open for as long.
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 10_000);
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), 10_000);
        return properties;
    }

    public void start() {
        streams.start();
    }

    /** Whether it runs by then. */
    public boolean awaitRunning(Duration timeout) throws InterruptedException {
        running.await(timeout.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
        return streams.state().isRunningOrRebalancing();
    }

    @Override
    public CompletableFuture<Void> ended() {
        return ended;
    }

    @Override
    public void close() {
        streams.close(Duration.ofSeconds(20));
        ended.complete(null);
    }
}
