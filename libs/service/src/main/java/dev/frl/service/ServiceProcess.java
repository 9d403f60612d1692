package dev.frl.service;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import dev.frl.core.HumanTime;
import dev.frl.messaging.Topics;
import dev.frl.messaging.access.Role;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.ClusterCheck;
import dev.frl.messaging.client.ConnectionTrouble;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.MissingTopicException;
import dev.frl.messaging.client.UnpreparedClusterException;
import dev.frl.service.metrics.ServiceMetrics;
import dev.frl.service.tracing.Tracing;
import dev.frl.spec.tree.Suggestions;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a service as its own process: started from environment variables, see docs/services.md, and stopped by a signal. */
public final class ServiceProcess {
    static final int STOPPED = 0;
    static final int FAILED = 1;
    /** EX_UNAVAILABLE of sysexits.h: what the process needs is not there, and another attempt may succeed. */
    public static final int UNAVAILABLE = 69;

    /** EX_TEMPFAIL of sysexits.h: pre-empted. It was stopped by a signal, and another process carries on. */
    public static final int PREEMPTED = 75;

    static final int WRONG_SETTINGS = 2;

    private static final Logger log = LoggerFactory.getLogger(ServiceProcess.class);

    /** Time between two looks for topics that are missing. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    /** Times as long, between two looks for topics that were deleted: a minute, since ten thousand attackers look too. */
    private static final int LOOKS_FOR_DELETED = 12;

    /** Looks after which the same missing topics are told again: a minute. */
    private static final int LOOKS_PER_WARNING = 12;

    /** Read by logback.xml. */
    private static final String LOG_FORMAT = "FRL_LOG_FORMAT";

    private ServiceProcess() {}

    /** Reads the settings of a service, before it waits for brokers: a wrong one is told at once. */
    @FunctionalInterface
    public interface Settings {
        /**
         * Reads all settings.
         *
         * @param telemetry where the service counts and traces
         * @throws IllegalArgumentException if settings are wrong; the message names all of them
         */
        Starter read(Map<String, String> environment, Telemetry telemetry);
    }

    /** Starts a service whose settings are read, in a cluster that has what it needs. */
    @FunctionalInterface
    public interface Starter {
        /** @throws IllegalArgumentException if a setting is wrong; the message names it */
        Service start(KafkaSettings kafka, Topics topics);
    }

    /** Returns when the cluster has what a service needs. */
    @FunctionalInterface
    interface Readiness {
        /** @throws UnpreparedClusterException if the cluster lacks something */
        void await(KafkaSettings kafka, Topics topics) throws InterruptedException;

        /**
         * Looks again, while the service runs.
         *
         * @throws dev.frl.messaging.client.MissingTopicException if a topic was deleted
         */
        default void look(KafkaSettings kafka, Topics topics) throws Exception {}
    }

    /**
     * Runs the service until it ends, then exits. Topics that are missing are waited for, since services may start before somebody creates
     * them. Exits with {@link Service#exitCode} if it was stopped or is done, 1 if it failed or the
     * cluster lacks something, 2 if its settings are wrong. The last line on stderr says why.
     */
    public static void main(String name, Settings settings) {
        speakPlainly();
        System.exit(run(name, System.getenv(), ready(name), Manner.SERVICE, settings));
    }

    /**
     * Runs a service that has one piece of work to do. Its exit code 1 says that this work failed, so another failure exits with 69.
     *
     * @param patience longest time that it waits for brokers and topics; then it exits with 69
     */
    public static void once(String name, Duration patience, Settings settings) {
        speakPlainly();
        System.exit(run(name, System.getenv(), ready(name), Manner.once(patience), settings));
    }

    /**
     * How a process waits for its cluster, and ends after a failure.
     *
     * @param failed exit code after a failure of the service or of the cluster
     * @param patience longest time that it waits for brokers and topics; null for no limit, since a service waits until somebody creates them
     * @param look time between two looks for topics that are missing
     */
    record Manner(int failed, @Nullable Duration patience, Duration look) {
        static final Manner SERVICE = new Manner(FAILED, null, LOOK);

        static Manner once(Duration patience) {
            return new Manner(UNAVAILABLE, patience, LOOK);
        }
    }

    private static Readiness ready(String name) {
        var role = Role.of(name);
        return new Readiness() {
            @Override
            public void await(KafkaSettings kafka, Topics topics) throws InterruptedException {
                ClusterCheck.awaitReady(kafka, topics, role);
            }

            @Override
            public void look(KafkaSettings kafka, Topics topics) throws Exception {
                try (var admin = Clients.admin(kafka)) {
                    ClusterCheck.requireTopics(admin, kafka, topics);
                }
            }
        };
    }

    /** Libraries format numbers and change the case of names too. What people and programs read is the same everywhere. */
    private static void speakPlainly() {
        Locale.setDefault(Locale.ROOT);
    }

    /** Reports wrong arguments and exits. */
    public static void wrongArguments(String name, IllegalArgumentException why) {
        System.exit(report(name, message(why), WRONG_SETTINGS));
    }

    static int run(String name, Map<String, String> environment, Readiness readiness, Settings settings) {
        return run(name, environment, readiness, Manner.SERVICE, settings);
    }

    static int run(
            String name, Map<String, String> environment, Readiness readiness, Manner manner, Settings settings) {
        int failed = manner.failed();
        try {
            return runRead(name, environment, readiness, manner, settings);
        } catch (IllegalArgumentException e) {
            return report(name, message(e), WRONG_SETTINGS);
        } catch (UnpreparedClusterException e) { // such as a store for checkpoints that refuses
            return report(name, message(e), failed);
        } catch (RuntimeException e) {
            return report(name, unexpected(e), failed);
        } catch (Error e) { // other threads would keep the process alive
            return report(name, "it cannot run: " + HostTrouble.words(e), failed);
        }
    }

    private static int runRead(
            String name, Map<String, String> given, Readiness readiness, Manner manner, Settings settings) {
        HostThreads.require(HostThreads.OF_A_SERVICE);
        var environment = SecretFiles.read(given);
        var problems = new SettingProblems();
        problems.check(() -> requireLogFormat(environment.getOrDefault(LOG_FORMAT, "text")));
        var address = problems.read(() -> HealthServer.address(environment));
        var read = problems.read(() -> KafkaSettings.from(Map.of(), environment));
        var tracing = problems.read(() -> Tracing.open("frl-" + name, environment));
        try (var metrics = ServiceMetrics.open(environment.containsKey(HealthServer.PORT));
                var traced = tracing == null ? Tracing.open("frl-" + name, Map.of()) : tracing) {
            var starter = problems.read(() -> settings.read(environment, new Telemetry(metrics.registry(), traced)));
            problems.requireNone();
            var kafka = requireNonNull(read);
            kafka.warnWithoutEffect();
            kafka.warnUnknown(variable -> Suggestions.nearest(variable, KafkaSettings.knownVariables()));
            return run(
                    name, kafka, requireNonNull(address), metrics, traced, readiness, manner, requireNonNull(starter));
        }
    }

    private static int run(
            String name,
            KafkaSettings kafka,
            Optional<InetSocketAddress> address,
            ServiceMetrics metrics,
            Tracing tracing,
            Readiness readiness,
            Manner manner,
            Starter starter) {
        int failed = manner.failed();
        try (var brokers = new BrokerProbe(kafka.bootstrapServers(), () -> Clients.admin(kafka), System::nanoTime);
                var health = HealthServer.open(address, brokers::trouble, metrics::scrape)) {
            var topics = StandardTopics.create();
            awaitCluster(readiness, kafka, topics, manner, health);
            var service = starter.start(kafka, topics);
            health.started(service);
            var over = new AtomicBoolean();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> shutdown(service, tracing, over), "shutdown"));
            try (var watch = new TopicWatch(
                    () -> {
                        readiness.look(kafka, topics);
                        return true;
                    },
                    manner.look().multipliedBy(LOOKS_FOR_DELETED))) {
                CompletableFuture.anyOf(service.ended(), watch.missing()).join();
            } finally {
                over.set(true);
                if (!service.ended().isDone()) {
                    service.close(); // else what it logs would follow the last line
                }
            }
            return service.exitCode();
        } catch (UnpreparedClusterException e) {
            return report(name, message(e), failed);
        } catch (IllegalArgumentException e) {
            return report(name, kafka.naming(message(e)), WRONG_SETTINGS);
        } catch (CompletionException e) {
            var cause = e.getCause() == null ? e : e.getCause();
            return report(name, HostTrouble.reason(cause).orElseGet(() -> explained(name, kafka, cause)), failed);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return report(name, "interrupted before it started", failed);
        } catch (RuntimeException e) { // other threads would keep the process, without its service
            // Not caught by its type: Java would load it before this method runs, and fail there if Kafka's library is
            // damaged.
            return e instanceof KafkaException // Kafka's clients wrap what they find wrong in their settings
                    ? report(name, kafka.wrong(e), WRONG_SETTINGS)
                    : report(name, unexpected(e), failed);
        }
    }

    private static String unexpected(Throwable e) {
        return HostTrouble.reason(e).orElseGet(() -> {
            LoggerFactory.getLogger(ServiceProcess.class).atError().setCause(e).log("defect");
            return "internal error: " + e;
        });
    }

    /** @throws UnpreparedClusterException if the cluster lacks something, or has not responded within the patience */
    private static void awaitCluster(
            Readiness readiness, KafkaSettings kafka, Topics topics, Manner manner, HealthServer health)
            throws InterruptedException {
        var patience = manner.patience();
        if (patience == null) {
            awaitTopics(readiness, kafka, topics, manner.look(), health, new AtomicReference<>(""));
            return;
        }
        var missing = new AtomicReference<>("");
        var waits = new FutureTask<@Nullable Void>(() -> {
            awaitTopics(readiness, kafka, topics, manner.look(), health, missing);
            return null;
        });
        var thread = new Thread(waits, "await-cluster");
        thread.setDaemon(true); // brokers that do not respond must not keep the process alive
        thread.start();
        try {
            waits.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            var told = requireNonNullElse(missing.get(), "");
            throw new UnpreparedClusterException(String.format(
                    Locale.ROOT,
                    "gave up after %s: %s",
                    HumanTime.of(patience),
                    told.isEmpty()
                            ? "the brokers at " + kafka.bootstrapServers()
                                    + " did not respond; look at them, and at KAFKA_BOOTSTRAP_SERVERS"
                            : told));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException why) {
                throw why;
            }
            if (e.getCause() instanceof Error why) {
                throw why;
            }
            throw new IllegalStateException(e);
        } finally {
            waits.cancel(true);
        }
    }

    /** @param told what was missing last, for people */
    private static void awaitTopics(
            Readiness readiness,
            KafkaSettings kafka,
            Topics topics,
            Duration look,
            HealthServer health,
            AtomicReference<String> told)
            throws InterruptedException {
        for (int looks = 0; ; looks++) {
            try {
                readiness.await(kafka, topics);
                return;
            } catch (MissingTopicException e) {
                var missing = message(e);
                health.waits(missing);
                if (!missing.equals(told.getAndSet(missing)) || looks % LOOKS_PER_WARNING == 0) {
                    log.atWarn().log("waiting: {}", missing);
                }
                Thread.sleep(look.toMillis());
            }
        }
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

    /** Why a service failed: which right it lacks, or which setting is wrong, where Kafka only refused it. */
    private static String explained(String name, KafkaSettings kafka, Throwable why) {
        for (Throwable cause = why; cause != null; cause = cause.getCause()) {
            if (cause instanceof AuthorizationException) {
                return lacking(name, kafka).orElse(message(why));
            }
        }
        return ConnectionTrouble.of(why, kafka).orElse(message(why));
    }

    private static Optional<String> lacking(String name, KafkaSettings kafka) {
        try {
            ClusterCheck.requireRights(kafka, StandardTopics.create(), Role.of(name));
            return Optional.empty();
        } catch (UnpreparedClusterException e) {
            return Optional.of(message(e));
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            return Optional.empty(); // what Kafka said is shown
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static int report(String name, String why, int exitCode) {
        System.err.println("frl " + name + ": " + why.replaceAll("[\\s\\p{Cc}]+", " "));
        return exitCode;
    }
}
