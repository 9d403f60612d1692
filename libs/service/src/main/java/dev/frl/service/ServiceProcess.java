package dev.frl.service;

import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.ClusterCheck;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.UnpreparedClusterException;
import dev.frl.service.metrics.ServiceMetrics;
import dev.frl.service.tracing.Tracing;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.KafkaException;
import org.slf4j.LoggerFactory;

/** Runs a service as its own process: started from environment variables, see docs/services.md, and stopped by a signal. */
public final class ServiceProcess {
    static final int STOPPED = 0;
    static final int FAILED = 1;
    /** EX_TEMPFAIL of sysexits.h: another attempt may succeed. */
    public static final int TRY_AGAIN = 75;

    static final int WRONG_SETTINGS = 2;

    /** Read by logback.xml. */
    private static final String LOG_FORMAT = "FRL_LOG_FORMAT";

    private ServiceProcess() {}

    /** Starts a service. */
    @FunctionalInterface
    public interface Starter {
        /**
         * @param telemetry where the service counts and traces
         * @throws IllegalArgumentException if a setting is wrong; the message names the setting
         */
        Service start(Map<String, String> environment, KafkaSettings kafka, Topics topics, Telemetry telemetry);
    }

    /** Returns when the cluster has what a service needs. */
    @FunctionalInterface
    interface Readiness {
        /** @throws UnpreparedClusterException if the cluster lacks something */
        void await(KafkaSettings kafka, Topics topics) throws InterruptedException;
    }

    /**
     * Runs the service until it ends, then exits: with {@link Service#exitCode} if it was stopped or is done, 1 if it failed or the
     * cluster lacks something, 2 if its settings are wrong. The last line on stderr says why.
     */
    public static void main(String name, Starter starter) {
        System.exit(run(name, System.getenv(), ClusterCheck::awaitReady, FAILED, starter));
    }

    /** Runs a service that has one piece of work to do. Its exit code 1 says that this work failed, so another failure exits with 75. */
    public static void once(String name, Starter starter) {
        System.exit(run(name, System.getenv(), ClusterCheck::awaitReady, TRY_AGAIN, starter));
    }

    /** Reports wrong arguments and exits. */
    public static void wrongArguments(String name, IllegalArgumentException why) {
        System.exit(report(name, message(why), WRONG_SETTINGS));
    }

    static int run(String name, Map<String, String> environment, Readiness readiness, Starter starter) {
        return run(name, environment, readiness, FAILED, starter);
    }

    /** @param failed exit code after a failure of the service or of the cluster */
    static int run(String name, Map<String, String> environment, Readiness readiness, int failed, Starter starter) {
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
                var tracing = Tracing.open("frl-" + name, environment);
                var health = HealthServer.open(environment, brokers::trouble, metrics::scrape)) {
            var topics = StandardTopics.create();
            readiness.await(kafka, topics);
            var service = starter.start(environment, kafka, topics, new Telemetry(metrics.registry(), tracing));
            health.started(service);
            var over = new AtomicBoolean();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> shutdown(service, tracing, over), "shutdown"));
            try {
                service.ended().join();
            } finally {
                over.set(true);
            }
            return service.exitCode();
        } catch (IllegalArgumentException e) {
            return report(name, kafka.naming(message(e)), WRONG_SETTINGS);
        } catch (KafkaException e) { // Kafka's clients wrap what they find wrong in their settings
            return report(name, kafka.naming(message(e.getCause() == null ? e : e.getCause())), WRONG_SETTINGS);
        } catch (UnpreparedClusterException e) {
            return report(name, message(e), failed);
        } catch (CompletionException e) {
            var cause = e.getCause() == null ? e : e.getCause();
            return report(name, HostTrouble.reason(cause).orElseGet(() -> message(cause)), failed);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return report(name, "interrupted before it started", failed);
        } catch (RuntimeException | Error e) { // other threads would keep the process, without its service
            return report(name, unexpected(e), failed);
        }
    }

    private static String unexpected(Throwable e) {
        return HostTrouble.reason(e).orElseGet(() -> {
            LoggerFactory.getLogger(ServiceProcess.class).atError().setCause(e).log("defect");
            return "internal error: " + e;
        });
    }

    /** @param over whether the process ends by itself, with an exit code of its own */
    private static void shutdown(Service service, Tracing tracing, AtomicBoolean over) {
        boolean signalled = !over.get();
        service.close();
        tracing.close();
        if (signalled && service.exitCode() != STOPPED) {
            Runtime.getRuntime().halt(service.exitCode()); // Java would exit with 128 and the number of the signal
        }
    }

    /** A format that logback.xml lacks would leave the process without logs. */
    private static void requireLogFormat(String format) {
        if (!format.equals("text") && !format.equals("json")) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s is %s; it must be text or json", LOG_FORMAT, format));
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
