package dev.frl.service;

import dev.frl.messaging.Topics;
import dev.frl.messaging.client.KafkaSettings;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.KafkaException;

/** Runs a service as its own process: started from environment variables, see docs/services.md, and stopped by a signal. */
public final class ServiceProcess {
    static final int STOPPED = 0;
    static final int FAILED = 1;
    static final int WRONG_SETTINGS = 2;

    private ServiceProcess() {}

    /** Starts a service. */
    @FunctionalInterface
    public interface Starter {
        /** @throws IllegalArgumentException if a setting is wrong; the message names the setting */
        Service start(Map<String, String> environment, KafkaSettings kafka, Topics topics);
    }

    /** Runs the service until it ends, then exits: with 0 if it was stopped, 1 if it failed, 2 if its settings are wrong. */
    public static void main(String name, Starter starter) {
        System.exit(run(name, System.getenv(), starter));
    }

    static int run(String name, Map<String, String> environment, Starter starter) {
        try {
            var kafka = KafkaSettings.from(Map.of(), environment);
            var service = starter.start(environment, kafka, StandardTopics.create());
            Runtime.getRuntime().addShutdownHook(new Thread(service::close, "shutdown"));
            service.ended().join();
            return STOPPED;
        } catch (IllegalArgumentException e) {
            return report(name, e, WRONG_SETTINGS);
        } catch (KafkaException e) { // Kafka's clients wrap what they find wrong in their settings
            return report(name, e.getCause() == null ? e : e.getCause(), WRONG_SETTINGS);
        } catch (CompletionException e) {
            return report(name, e.getCause() == null ? e : e.getCause(), FAILED);
        }
    }

    private static int report(String name, Throwable why, int exitCode) {
        System.err.println("frl " + name + ": " + (why.getMessage() == null ? why : why.getMessage()));
        return exitCode;
    }
}
