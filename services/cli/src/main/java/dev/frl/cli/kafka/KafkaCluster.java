package dev.frl.cli.kafka;

import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.CommandReply;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.CommandMessage;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.access.Role;
import dev.frl.messaging.admin.TopicReset;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.ClusterCheck;
import dev.frl.messaging.client.ClusterReport;
import dev.frl.messaging.client.CompactedTopic;
import dev.frl.messaging.client.ConnectionTrouble;
import dev.frl.messaging.client.DeadLetter;
import dev.frl.messaging.client.DeadLetterReader;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.RunLogReader;
import dev.frl.messaging.client.RunLogReader.Follower;
import dev.frl.messaging.client.SkippedRecords;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.UnpreparedClusterException;
import dev.frl.messaging.message.HostOrder;
import dev.frl.messaging.message.SpecRejected;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.service.StandardTopics;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;

/** A Kafka cluster, with what may go wrong put into words for the user. */
public final class KafkaCluster implements Cluster {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** For logs of many runs. */
    private static final Duration READING = Duration.ofMinutes(2);

    private final KafkaSettings settings;
    private final Topics topics = StandardTopics.create();

    KafkaCluster(KafkaSettings settings) {
        this.settings = settings;
    }

    @Override
    public String bootstrapServers() {
        return settings.bootstrapServers();
    }

    @Override
    public String describe() {
        int brokers = ask(this::requireAnswer);
        return String.format(Locale.ROOT, "%s at %s", HumanFormat.count(brokers, "broker"), bootstrapServers());
    }

    @Override
    public SkippedRecords statuses(Consumer<RunStatus> statuses) {
        return read(() -> {
            requireAnswer();
            ClusterCheck.requireTopics(settings, topics.runStatus);
            return RunLogReader.statuses(settings, topics, READING, statuses);
        });
    }

    @Override
    public SkippedRecords rejections(Consumer<SpecRejected> rejections) {
        return read(() -> {
            requireAnswer();
            ClusterCheck.requireTopics(settings, topics.specRejections);
            return RunLogReader.rejections(settings, topics, READING, rejections);
        });
    }

    @Override
    public SkippedRecords events(Collection<RunStatus> runs, Consumer<RunEvent> events) {
        return read(() -> RunLogReader.events(settings, topics, READING, runs, events));
    }

    @Override
    public SkippedRecords follow(Map<String, Instant> runs, Follower follower) {
        return read(() -> {
            requireAnswer();
            ClusterCheck.requireTopics(settings, topics.runLog, topics.runStatus);
            return RunLogReader.follow(settings, topics, PATIENCE, runs, follower);
        });
    }

    @Override
    public void publish(String experiment, byte[] spec) {
        attempt(() -> {
            requireAnswer();
            // A producer waits for a missing topic, or makes the broker create it with none of its settings.
            ClusterCheck.requireReady(settings, topics, Role.CLI);
            try (var producer = Clients.producer(settings, "frl-cli")) {
                producer.send(topics.experimentSpecs.record(experiment, spec))
                        .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            }
        });
    }

    @Override
    public List<ExperimentStatus> experiments() {
        return List.copyOf(latest(topics.experimentStatus).values());
    }

    @Override
    public void experimentEvents(Consumer<ExperimentEvent> events) {
        read(() -> RunLogReader.experimentEvents(settings, topics, READING, events));
    }

    @Override
    public CommandReply command(CommandMessage command, Duration patience, BooleanSupplier enough) {
        return ask(() -> {
            requireAnswer();
            ClusterCheck.requireTopics(settings, topics.commands, topics.commandAnswers);
            return new CommandSender(settings, topics).send(command, PATIENCE, patience, enough);
        });
    }

    @Override
    public List<WorkerStatus> workers() {
        return List.copyOf(latest(topics.workers).values());
    }

    @Override
    public Map<String, HostOrder> hostOrders() {
        return latest(topics.workerCommands);
    }

    private <V> Map<String, V> latest(Topic<V> topic) {
        var latest = new HashMap<String, V>();
        attempt(() -> {
            requireAnswer();
            latest.putAll(CompactedTopic.latest(settings, topic, READING));
        });
        return latest;
    }

    @Override
    public void order(HostOrder order) {
        attempt(() -> {
            requireAnswer();
            ClusterCheck.requireTopics(settings, topics.workerCommands);
            try (var producer = Clients.producer(settings, "frl-cli")) {
                producer.send(topics.workerCommands.record(order.host(), order))
                        .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            }
        });
    }

    @Override
    public List<DeadLetter> deadLetters() {
        return ask(() -> {
            requireAnswer();
            return letters().all();
        });
    }

    @Override
    public Optional<String> requeued(DeadLetter letter) {
        return ask(() -> letters().requeued(letter));
    }

    @Override
    public String requeue(DeadLetter letter) {
        return ask(() -> letters().requeue(letter));
    }

    private DeadLetterReader letters() {
        return new DeadLetterReader(settings, topics, READING);
    }

    @Override
    public TopicAdmin.Report createTopics(TopicAdmin.Layout layout) {
        return ask(() -> {
            requireAnswer();
            return TopicAdmin.create(settings, topics, layout);
        });
    }

    @Override
    public List<ClusterReport.Check> check() {
        return ask(() -> {
            requireAnswer();
            return ClusterReport.of(settings, topics, InstantSource.system());
        });
    }

    @Override
    public TopicReset.Resettable resettable() {
        return ask(() -> {
            requireAnswer();
            return TopicReset.look(settings, topics);
        });
    }

    @Override
    public void resetTopics() {
        attempt(() -> {
            requireAnswer();
            TopicReset.delete(settings, topics);
        });
    }

    /** The clients wait long for brokers that are not there; a person should not. @return how many there are */
    private int requireAnswer() throws InterruptedException, ExecutionException, TimeoutException {
        try (var admin = Clients.admin(settings)) {
            return ClusterCheck.requireAnswer(admin, PATIENCE);
        }
    }

    private interface Attempt {
        void run() throws InterruptedException, ExecutionException, TimeoutException;
    }

    private interface Read {
        SkippedRecords run() throws InterruptedException, ExecutionException, TimeoutException;
    }

    private SkippedRecords read(Read read) {
        var skipped = new SkippedRecords();
        attempt(() -> skipped.add(read.run()));
        return skipped;
    }

    private void attempt(Attempt attempt) {
        ask(() -> {
            attempt.run();
            return true;
        });
    }

    private interface Question<T> {
        T ask() throws InterruptedException, ExecutionException, TimeoutException;
    }

    private <T> T ask(Question<T> question) {
        try {
            return question.ask();
        } catch (InterruptedException | InterruptException e) {
            Thread.currentThread().interrupt();
            throw CliException.temporary("interrupted", e);
        } catch (TimeoutException e) {
            throw unreachable(e);
        } catch (ExecutionException e) {
            throw translated(e.getCause() == null ? e : e.getCause());
        } catch (KafkaException | IllegalStateException e) {
            throw translated(e);
        }
    }

    private CliException translated(Throwable e) {
        if (e instanceof UnpreparedClusterException) {
            return CliException.failed(String.valueOf(e.getMessage()), e);
        }
        var trouble = ConnectionTrouble.of(e, settings);
        if (trouble.isPresent()) {
            return CliException.failed(trouble.get(), e);
        }
        if (denied(e)) {
            return CliException.failed(lacking(e), e);
        }
        if (isAboutAddress(e)) {
            return unreachable(e);
        }
        if (e instanceof RetriableException || e.getCause() instanceof TimeoutException) {
            return unreachable(e);
        }
        String why = settings.wrong(e);
        return CliException.failed(
                why.contains(bootstrapServers())
                        ? why
                        : String.format(Locale.ROOT, "Kafka at %s refuses: %s", bootstrapServers(), why),
                e);
    }

    /** A name that cannot be resolved is a ConfigException. */
    private static boolean isAboutAddress(Throwable e) {
        return e.getCause() instanceof ConfigException
                && String.valueOf(e.getCause().getMessage()).contains("bootstrap");
    }

    private static boolean denied(Throwable error) {
        for (Throwable e = error; e != null; e = e.getCause()) {
            if (e instanceof AuthorizationException) {
                return true;
            }
        }
        return false;
    }

    /** Which rights of a user of the commands are missing; else what Kafka said. */
    private String lacking(Throwable denial) {
        try {
            ClusterCheck.requireRights(settings, topics, Role.CLI);
        } catch (UnpreparedClusterException e) {
            return String.valueOf(e.getMessage());
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            denial.addSuppressed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return String.format(
                Locale.ROOT,
                "Kafka at %s refuses: %s; see `frl topics acls` for the rights of each role",
                bootstrapServers(),
                settings.wrong(denial));
    }

    private CliException unreachable(@Nullable Throwable cause) {
        var otherwise = ConnectionTrouble.probed(settings);
        if (otherwise.isPresent()) {
            return CliException.failed(otherwise.get(), cause);
        }
        var elsewhere = ConnectionTrouble.unreachable(settings);
        if (elsewhere.isPresent()) {
            return CliException.temporary(elsewhere.get(), cause);
        }
        String why = cause != null && cause.getCause() instanceof ConfigException
                ? " (" + cause.getCause().getMessage() + ")"
                : "";
        return CliException.temporary(
                String.format(
                        Locale.ROOT,
                        "no broker answers at %s%s; is the address right? One on this machine: frl up",
                        bootstrapServers(),
                        why),
                cause);
    }
}
