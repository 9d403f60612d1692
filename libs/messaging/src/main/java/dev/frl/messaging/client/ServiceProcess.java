package dev.frl.messaging.client;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.KafkaException;

/** A service as a process of its own: started from environment variables, see docs/services.md, and stopped by a signal. */
public final class ServiceProcess {
    static final int STOPPED = 0;
    static final int GAVE_UP = 1;
    static final int WRONG_SETTINGS = 2;

    private ServiceProcess() {}

    /** What goes on until it is closed or gives up. */
    public interface Service extends AutoCloseable {
        /** Completes when it has ended: normally after {@link #close}, else exceptionally with the reason. */
        CompletableFuture<Void> ended();

        @Override
        void close();
    }

    /** Starts a service. */
    @FunctionalInterface
    public interface Opener {
        /** @throws IllegalArgumentException if a setting is wrong; the message names it */
        Service open(Map<String, String> environment, KafkaSettings kafka);
    }

    /** Runs to the service's end, and ends this process: with 0, 1 if the service gave up, 2 if its settings are wrong. */
    public static void main(String name, Opener opener) {
        System.exit(run(name, System.getenv(), opener));
    }

    static int run(String name, Map<String, String> environment, Opener opener) {
        try {
            var service = opener.open(environment, KafkaSettings.from(Map.of(), environment));
            Runtime.getRuntime().addShutdownHook(new Thread(service::close, "shutdown"));
            service.ended().join();
            return STOPPED;
        } catch (IllegalArgumentException e) {
            return say(name, e, WRONG_SETTINGS);
        } catch (KafkaException e) { // its clients wrap what they find wrong in their settings
            return say(name, e.getCause() == null ? e : e.getCause(), WRONG_SETTINGS);
        } catch (CompletionException e) {
            return say(name, e.getCause() == null ? e : e.getCause(), GAVE_UP);
        }
    }

    private static int say(String name, Throwable why, int exitCode) {
        System.err.println("frl " + name + ": " + why.getMessage());
        return exitCode;
    }
}
