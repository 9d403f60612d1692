package dev.frl.standalone;

import dev.frl.attacker.AttackerService;
import dev.frl.broker.EmbeddedBroker;
import dev.frl.checkpoint.Checkpoints;
import dev.frl.controller.ControllerService;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicAdmin.Layout;
import dev.frl.recorder.RecorderService;
import dev.frl.service.HostThreads;
import dev.frl.service.Service;
import dev.frl.service.StandardTopics;
import dev.frl.service.Telemetry;
import dev.frl.service.metrics.ServiceMetrics;
import dev.frl.service.tracing.Tracing;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.tracking.FilesRecorder;
import dev.frl.tracking.MlflowRecorder;
import dev.frl.tracking.RunRecorder;
import dev.frl.trainer.TrainerService;
import dev.frl.worker.WorkerContext;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Broker and all services in one process: the same code that also runs as separate processes. */
public final class Embedded implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Embedded.class);

    /** Short, so that the run of a killed process resumes soon after the next start. */
    private static final Duration LEASE = Duration.ofSeconds(5);

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final List<RecorderService> recorders = new ArrayList<>();
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
    private final KafkaSettings kafka;
    private final Topics topics = StandardTopics.create();

    private Embedded(KafkaSettings kafka) {
        this.kafka = kafka;
    }

    /**
     * Starts broker and services. Returns when the controller reads specs.
     *
     * @throws dev.frl.broker.BrokerException if another process uses this home, or the port is taken
     * @throws IllegalArgumentException if the engine is absent
     */
    public static Embedded start(EmbeddedSettings settings) throws InterruptedException {
        HostThreads.require(HostThreads.OF_ALL);
        var home = settings.home().toAbsolutePath().normalize();
        try {
            Files.createDirectories(home.resolve("checkpoints")); // the attacker waits for it
        } catch (IOException e) {
            log.atDebug().setCause(e).log("the trainer says so with its first checkpoint");
        }
        var telemetry = new Telemetry(ServiceMetrics.none(), Tracing.open("frl", settings.environment()));
        var worker = new WorkerContext(
                WorkerContext.engine(settings.engine()),
                settings.threads(),
                Checkpoints.open(
                        home.resolve("checkpoints").toString(), home.getRoot().toString(), Map.of()),
                new DataStore(settings.data(), home, Progress.NONE),
                telemetry);
        var context = settings.alone() ? worker.withoutOthers() : worker;
        var broker = EmbeddedBroker.start(home.resolve("broker"), settings.port());
        var embedded = new Embedded(KafkaSettings.of(broker.bootstrapServers()));
        embedded.open.push(telemetry.tracing());
        embedded.open.push(broker);
        try {
            embedded.startServices(settings, context, telemetry);
            return embedded;
        } catch (RuntimeException | InterruptedException | Error e) {
            embedded.close();
            throw e;
        }
    }

    /**
     * Starts broker and recorders, and no other service.
     *
     * @throws dev.frl.broker.BrokerException if another process uses this home, or the port is taken
     */
    public static Embedded startRecorders(EmbeddedSettings settings) {
        HostThreads.require(HostThreads.OF_ALL);
        var home = settings.home().toAbsolutePath().normalize();
        var broker = EmbeddedBroker.start(home.resolve("broker"), settings.port());
        var embedded = new Embedded(KafkaSettings.of(broker.bootstrapServers()));
        embedded.open.push(broker);
        try {
            TopicAdmin.create(embedded.kafka, embedded.topics, new Layout(1, 1, LEASE));
            embedded.recordTo(settings);
            return embedded;
        } catch (RuntimeException e) {
            embedded.close();
            throw e;
        }
    }

    private void startServices(EmbeddedSettings settings, WorkerContext context, Telemetry telemetry)
            throws InterruptedException {
        TopicAdmin.create(kafka, topics, new Layout(1, 1, LEASE));
        var controller = new ControllerService(
                kafka,
                settings.home().toAbsolutePath().resolve("streams"),
                topics,
                new SpecReader(new StandardCatalogue()),
                ControllerService.RETENTION,
                telemetry);
        started("controller", controller);
        controller.start();
        started("trainer", TrainerService.start(context, kafka, topics, Clock.systemUTC()));
        started("attacker", AttackerService.start(context, kafka, topics, Clock.systemUTC()));
        recordTo(settings);
        if (!controller.awaitRunning(PATIENCE)) {
            throw new IllegalStateException("the controller did not start within " + PATIENCE.toSeconds() + " s");
        }
    }

    private void recordTo(EmbeddedSettings settings) {
        record("files", new FilesRecorder(settings.home().toAbsolutePath().resolve("runs")));
        if (settings.mlflow() != null) {
            record("mlflow", new MlflowRecorder(settings.mlflow()));
        }
    }

    private void record(String name, RunRecorder recorder) {
        var service = RecorderService.start(kafka, topics, name, recorder);
        recorders.add(service);
        open.push(service); // runs do not wait for a recorder
    }

    private void started(String name, Service service) {
        open.push(service);
        service.ended().whenComplete((ended, why) -> {
            if (why != null) {
                failure.compareAndSet(
                        null,
                        String.format(
                                Locale.ROOT,
                                "the %s failed: %s",
                                name,
                                why.getMessage() == null ? why : why.getMessage()));
            }
        });
    }

    /** Why controller, trainer or attacker ended by itself: without it no run ends. Empty while all of them run. */
    public Optional<String> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** Settings of clients for this broker. */
    public KafkaSettings kafka() {
        return kafka;
    }

    public Topics topics() {
        return topics;
    }

    /** Whether all events of the run log are recorded. */
    public boolean recorded() {
        return recorders.stream().allMatch(RecorderService::caughtUp);
    }

    /** What the recorders cannot record now, a line each with the reason; empty if they can record everything. */
    public List<String> unrecorded() {
        var lines = new ArrayList<String>();
        for (var recorder : recorders) {
            recorder.unrecorded().ifPresent(what -> {
                if (what.trouble() != null) {
                    lines.add(String.format(Locale.ROOT, "%s: %s", what.recorder(), what.trouble()));
                }
                new TreeMap<>(what.behind())
                        .forEach((id, why) ->
                                lines.add(String.format(Locale.ROOT, "%s in %s: %s", id, what.recorder(), why)));
            });
        }
        return lines;
    }

    /** Stops the services in reverse order of their start, then the broker. */
    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                log.atWarn().setCause(e).log("a service failed to stop");
            }
        }
    }
}
