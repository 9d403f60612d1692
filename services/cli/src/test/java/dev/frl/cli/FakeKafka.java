package dev.frl.cli;

import static java.util.Objects.requireNonNull;

import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.CommandReply;
import dev.frl.cli.context.Connections;
import dev.frl.core.command.Answer;
import dev.frl.core.command.Command;
import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunState;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.CommandMessage;
import dev.frl.messaging.admin.TopicReset;
import dev.frl.messaging.client.ClusterReport;
import dev.frl.messaging.client.DeadLetter;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.RunLogReader.Follower;
import dev.frl.messaging.client.SkippedRecords;
import dev.frl.messaging.client.TopicAdmin.Layout;
import dev.frl.messaging.client.TopicAdmin.Report;
import dev.frl.messaging.message.HostOrder;
import dev.frl.messaging.message.SpecRejected;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.spec.Admission.Admitted;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.standalone.EmbeddedSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A broker whose services finish every published run at once. */
public final class FakeKafka implements Connections {
    private static final int LIMIT = 10_000;

    /** Also those that are in no log: counted shards and progress, of which only the status tells. */
    final List<RunEvent> events = new ArrayList<>();

    final List<String> published = new ArrayList<>();
    /** Runs that are not handed out, whatever is published. */
    final Set<String> withheld = new HashSet<>();
    /** Latest status of each experiment. */
    final List<ExperimentStatus> experiments = new ArrayList<>();

    final List<ExperimentEvent> experimentEvents = new ArrayList<>();
    /** Why the topic of the experiments cannot be read. */
    @Nullable
    String experimentsRefused;

    /** Commands that were published, as JSON. */
    final List<String> commands = new ArrayList<>();
    /** The controller's answer to a command; null if there is no controller. */
    Function<Command, @Nullable Answer> answers = command ->
            command.done(String.format(Locale.ROOT, "experiment %s: carried out", command.target()), List.of());

    final List<String> asked = new ArrayList<>();
    public final List<EmbeddedSettings> started = new ArrayList<>();
    /** What happens before the services start. */
    Runnable starting = () -> {};

    final List<SpecRejected> rejections = new ArrayList<>();
    final List<WorkerStatus> workers = new ArrayList<>();
    final Map<String, HostOrder> orders = new HashMap<>();
    boolean reachable = true;
    boolean recorded = true;
    List<String> unrecorded = List.of();
    /** Reason for the failure of every run; empty if the runs finish. */
    String failure = "";

    List<String> mended = List.of();
    List<String> notes = List.of();

    List<ClusterReport.Check> checks = List.of();
    TopicReset.Resettable resettable = new TopicReset.Resettable(List.of(), List.of(), List.of());
    /** Why a service in this process ended. */
    @Nullable
    String serviceFailure;
    /** Events that are in the log no more. */
    final Set<RunEvent> deleted = new HashSet<>();

    SkippedRecords skippedStatuses = new SkippedRecords();
    SkippedRecords skippedRejections = new SkippedRecords();
    /** Why the topic of the rejections cannot be read. */
    @Nullable
    String rejectionsRefused;

    SkippedRecords skippedEvents = new SkippedRecords();
    /** Runs whose part of the log was read. */
    final List<String> eventsRead = new ArrayList<>();

    final Map<String, Instant> followed = new LinkedHashMap<>();
    int statusReads;
    Runnable beforeStatusRead = () -> {};

    Runnable afterEachEvent = () -> {};
    private final TestContext context;

    FakeKafka(TestContext context) {
        this.context = context;
    }

    public static ExperimentPlan plan(String spec) {
        var admission = new SpecReader(new StandardCatalogue()).read(spec.getBytes(StandardCharsets.UTF_8));
        if (admission instanceof Admitted admitted) {
            return admitted.plan();
        }
        throw new AssertionError(admission.toString());
    }

    /** Adds the events of runs that have ended. */
    void ran(String spec) {
        plan(spec).runs().forEach(this::run);
    }

    private void run(RunPlan plan) {
        if (!withheld.contains(plan.runId())
                && events.stream().noneMatch(e -> e.runId().equals(plan.runId()))) {
            events.addAll(
                    failure.isEmpty()
                            ? FakeRun.finished(plan, context.now)
                            : FakeRun.failed(plan, context.now, failure));
        }
    }

    @Override
    public Cluster to(KafkaSettings settings) {
        asked.add(settings.bootstrapServers());
        return new FakeCluster(settings.bootstrapServers());
    }

    @Override
    public Local start(EmbeddedSettings settings) {
        starting.run();
        started.add(settings);
        return local();
    }

    @Override
    public Local startRecorders(EmbeddedSettings settings) {
        return start(settings);
    }

    @Override
    public Local startBroker(Path directory) {
        asked.add(directory.toString());
        return local();
    }

    private Local local() {
        return new Local() {
            @Override
            public Cluster cluster() {
                return new FakeCluster("127.0.0.1:1234");
            }

            @Override
            public boolean recorded() {
                return recorded;
            }

            @Override
            public List<String> unrecorded() {
                return unrecorded;
            }

            @Override
            public Optional<String> failure() {
                return Optional.ofNullable(serviceFailure);
            }

            @Override
            public void close() {}
        };
    }

    /** Latest status of each run, as the controller publishes it. */
    static Map<String, RunStatus> latest(List<RunEvent> events) {
        var byRun = new LinkedHashMap<String, List<RunEvent>>();
        events.forEach(
                e -> byRun.computeIfAbsent(e.runId(), id -> new ArrayList<>()).add(e));
        var latest = new LinkedHashMap<String, RunStatus>();
        byRun.values().removeIf(own -> !(own.get(0) instanceof RunEvent.Planned));
        byRun.forEach((id, own) -> latest.put(id, RunState.replay(own).status()));
        return latest;
    }

    private final class FakeCluster implements Cluster {
        private final String servers;

        FakeCluster(String servers) {
            this.servers = servers;
        }

        private void require() {
            if (!reachable) {
                throw CliException.temporary("no broker answers at " + servers, null);
            }
        }

        @Override
        public String bootstrapServers() {
            return servers;
        }

        @Override
        public String describe() {
            require();
            return "1 broker at " + servers;
        }

        @Override
        public SkippedRecords statuses(Consumer<RunStatus> consumer) {
            require();
            statusReads++;
            beforeStatusRead.run();
            latest(events).values().forEach(consumer);
            return skippedStatuses;
        }

        @Override
        public SkippedRecords rejections(Consumer<SpecRejected> consumer) {
            require();
            if (rejectionsRefused != null) {
                throw CliException.failed(rejectionsRefused);
            }
            rejections.forEach(consumer);
            return skippedRejections;
        }

        @Override
        public SkippedRecords events(Collection<RunStatus> runs, Consumer<RunEvent> consumer) {
            require();
            var ids = runs.stream().map(RunStatus::runId).toList();
            eventsRead.addAll(ids);
            events.stream()
                    .filter(e -> e.isLogged() && ids.contains(e.runId()) && !deleted.contains(e))
                    .forEach(consumer);
            return skippedEvents;
        }

        @Override
        public SkippedRecords follow(Map<String, Instant> runs, Follower follower) {
            require();
            followed.putAll(runs);
            for (int i = 0; !follower.enough(); i++) {
                if (i < events.size() && runs.containsKey(events.get(i).runId())) {
                    var event = events.get(i);
                    if (event.isLogged() && !deleted.contains(event)) {
                        follower.event(event);
                    }
                    follower.status(
                            requireNonNull(latest(events.subList(0, i + 1)).get(event.runId())));
                }
                if (i > LIMIT) {
                    throw new AssertionError("the runs have ended, but the command still follows");
                }
                context.advance(Duration.ofSeconds(1));
                afterEachEvent.run();
            }
            return skippedEvents;
        }

        @Override
        public void publish(String experiment, byte[] spec) {
            require();
            String text = new String(spec, StandardCharsets.UTF_8);
            published.add(experiment + "\n" + text);
            ran(text);
        }

        @Override
        public List<ExperimentStatus> experiments() {
            require();
            if (experimentsRefused != null) {
                throw CliException.failed(experimentsRefused);
            }
            return List.copyOf(experiments);
        }

        @Override
        public void experimentEvents(Consumer<ExperimentEvent> consumer) {
            require();
            experimentEvents.forEach(consumer);
        }

        @Override
        public CommandReply command(CommandMessage command, Duration patience, BooleanSupplier enough) {
            require();
            commands.add(new String(command.json(), StandardCharsets.UTF_8));
            String id = "frl.commands-2@" + (16 + commands.size());
            String experiment = command.experiment();
            String run = command.run();
            String target = experiment != null ? experiment : requireNonNull(run);
            return new CommandReply(
                    id,
                    Optional.ofNullable(
                            answers.apply(new Command(id, command.verb(), target, command.which(), command.reason()))));
        }

        @Override
        public List<WorkerStatus> workers() {
            require();
            return List.copyOf(workers);
        }

        @Override
        public Map<String, HostOrder> hostOrders() {
            require();
            return Map.copyOf(orders);
        }

        @Override
        public void order(HostOrder order) {
            require();
            orders.put(order.host(), order);
        }

        @Override
        public List<DeadLetter> deadLetters() {
            require();
            return List.of();
        }

        @Override
        public Optional<String> requeued(DeadLetter letter) {
            throw new AssertionError("there is no " + letter);
        }

        @Override
        public String requeue(DeadLetter letter) {
            throw new AssertionError("there is no " + letter);
        }

        @Override
        public Report createTopics(Layout layout) {
            require();
            return new Report(List.of("frl.experiment-specs", "frl.run-log"), mended, notes);
        }

        @Override
        public List<ClusterReport.Check> check() {
            require();
            return checks;
        }

        @Override
        public TopicReset.Resettable resettable() {
            require();
            return resettable;
        }

        @Override
        public void resetTopics() {
            resettable = new TopicReset.Resettable(List.of(), List.of(), List.of());
        }
    }
}
