package dev.frl.service;

import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.ClusterCheck;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.UnpreparedClusterException;
import dev.frl.service.metrics.ServiceMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.KafkaException;

/** Runs a service as its own process: started from environment variables, see docs/services.md, and stopped by a signal. */
public final class ServiceProcess {
    static final int STOPPED = 0;
    static final int FAILED = 1;
    static final int WRONG_SETTINGS = 2;

    /** Read by logback.xml. */
    private static final String LOG_FORMAT = "FRL_LOG_FORMAT";

    private ServiceProcess() {}

    /** Starts a service. */
    @FunctionalInterface
    public interface Starter {
        /**
         * @param meters for the meters of the service; nobody reads them unless the process has a port
         * @throws IllegalArgumentException if a setting is wrong; the message names the setting
         */
        Service start(Map<String, String> environment, KafkaSettings kafka, Topics topics, MeterRegistry meters);
    }

    /** Returns when the cluster has what a service needs. */
    @FunctionalInterface
    interface Readiness {
        /** @throws UnpreparedClusterException if the cluster lacks something */
        void await(KafkaSettings kafka, Topics topics) throws InterruptedException;
    }

    /**
     * Runs the service until it ends, then exits: with 0 if it was stopped, 1 if it failed or the cluster lacks something, 2 if
     * its settings are wrong. The last line on stderr says why.
     */
    public static void main(String name, Starter starter) {
        System.exit(run(name, System.getenv(), ClusterCheck::awaitReady, starter));
    }

    static int run(String name, Map<String, String> environment, Readiness readiness, Starter starter) {
        KafkaSettings kafka;
        try {
            requireLogFormat(environment.getOrDefault(LOG_FORMAT, "text"));
            kafka = KafkaSettings.from(Map.of(), environment);
        } catch (IllegalArgumentException e) {
            return report(name, message(e), WRONG_SETTINGS);
        }
        kafka.warnWithoutEffect();
        try (var brokers = new BrokerProbe(kafka.bootstrapServers(), () -> Clients.admin(kafka), System::nanoTime);
                var metrics = ServiceMetrics.open(environment.containsKey(HealthServer.PORT));
                var health = HealthServer.open(environment, brokers::trouble, metrics::scrape)) {
            var topics = StandardTopics.create();
            readiness.await(kafka, topics);
            var service = starter.start(environment, kafka, topics, metrics.registry());
            health.started(service);
            Runtime.getRuntime().addShutdownHook(new Thread(service::close, "shutdown"));
            service.ended().join();
            return STOPPED;
        } catch (IllegalArgumentException e) {
            return report(name, kafka.naming(message(e)), WRONG_SETTINGS);
        } catch (KafkaException e) { // Kafka's clients wrap what they find wrong in their settings
            return report(name, kafka.naming(message(e.getCause() == null ? e : e.getCause())), WRONG_SETTINGS);
        } catch (UnpreparedClusterException e) {
            return report(name, message(e), FAILED);
        } catch (CompletionException e) {
            return report(name, message(e.getCause() == null ? e : e.getCause()), FAILED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return report(name, "interrupted before it started", FAILED);
        }
    }

    /** A format that logback.xml lacks would leave the process without logs. */
    private static void requireLogFormat(String format) {
        if (!format.equals("text") && !format.equals("json")) {
            throw new IllegalArgumentException("%s is %s; it must be text or json".formatted(LOG_FORMAT, format));
        }
    }

    private static String message(Throwable why) {
        return why.getMessage() == null ? why.toString() : why.getMessage();
    }

    private static int report(String name, String why, int exitCode) {
        System.err.println("frl " + name + ": " + why);
        return exitCode;
    }
}
