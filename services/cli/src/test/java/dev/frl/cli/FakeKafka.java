package dev.frl.cli;

import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.Connections;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunPlan;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin.Layout;
import dev.frl.messaging.client.TopicAdmin.Report;
import dev.frl.messaging.message.HostOrder;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.spec.Admission.Admitted;
import dev.frl.spec.ExperimentPlan;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.standalone.EmbeddedSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A broker whose services finish every published run at once. */
public final class FakeKafka implements Connections {
    private static final int LIMIT = 10_000;

    final List<RunEvent> events = new ArrayList<>();
    final List<String> published = new ArrayList<>();
    final List<String> asked = new ArrayList<>();
    public final List<EmbeddedSettings> started = new ArrayList<>();
    final List<WorkerStatus> workers = new ArrayList<>();
    final Map<String, HostOrder> orders = new HashMap<>();
    boolean reachable = true;
    boolean recorded = true;
    /** Reason for the failure of every run; empty if the runs finish. */
    String failure = "";

    List<String> mended = List.of();
    List<String> notes = List.of();

    @Nullable
    String withoutShareGroups;
    /** Why a service in this process ended. */
    @Nullable
    String serviceFailure;

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
        if (events.stream().noneMatch(e -> e.runId().equals(plan.runId()))) {
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
        started.add(settings);
        return local();
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
            public Optional<String> failure() {
                return Optional.ofNullable(serviceFailure);
            }

            @Override
            public void close() {}
        };
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
        public void readAll(Consumer<RunEvent> consumer) {
            require();
            List.copyOf(events).forEach(consumer);
        }

        @Override
        public void follow(BooleanSupplier enough, Consumer<RunEvent> consumer) {
            require();
            for (int i = 0; !enough.getAsBoolean(); i++) {
                if (i < events.size()) {
                    consumer.accept(events.get(i));
                }
                if (i > LIMIT) {
                    throw new AssertionError("the runs have ended, but the command still follows");
                }
                context.advance(Duration.ofSeconds(1));
                afterEachEvent.run();
            }
        }

        @Override
        public void publish(String experiment, byte[] spec) {
            require();
            String text = new String(spec, StandardCharsets.UTF_8);
            published.add(experiment + "\n" + text);
            ran(text);
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
        public Report createTopics(Layout layout) {
            require();
            return new Report(List.of("frl.experiment-specs", "frl.run-log"), mended, notes);
        }

        @Override
        public Optional<String> withoutShareGroups() {
            require();
            return Optional.ofNullable(withoutShareGroups);
        }
    }
}
