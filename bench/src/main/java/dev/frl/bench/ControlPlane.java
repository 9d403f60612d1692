package dev.frl.bench;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.controller.ControllerService;
import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.errors.Tally;
import dev.frl.core.run.DataManifest;
import dev.frl.core.run.Outbox;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.run.RunInput.ShardAttacked;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.spec.CanonicalSpec;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;

/**
 * The control plane under load: the real controller (exactly once, real topology and schemas) and a real broker in this process,
 * simulated trainers and attackers that answer at once. Prints one line of JSON:
 *
 * <ul>
 *   <li>{@code results_per_s}: shard results folded in a second, from the first one sent to the last fairness update received
 *   <li>{@code update_ms_p50}, {@code update_ms_p99}: from the last shard result of an epoch sent to its fairness update received, without
 *       the first epochs, in which Java compiles
 *   <li>{@code cpu_us_per_result}: processor time of this process, broker and simulated workers included, for each result
 *   <li>{@code changelog_bytes_per_result}: bytes of the store's changelog topic for each result
 *   <li>{@code heap_mib}: Java heap of this process, broker included, after a collection, when all runs are open
 *   <li>{@code load_s}: time to start a second controller on the state of the first (with {@code --shards-answered 0})
 * </ul>
 *
 * <pre>
 *   ControlPlane [--runs 100] [--epochs 5] [--shards 64] [--classes 10] [--rate 0: results a second, 0 for all that is possible]
 *                [--warmup 2: epochs without latencies] [--idle 0: further open runs, whose shards nobody attacks]
 *                [--threads 1: stream threads] [--shards-answered 1: 0 leaves all runs open, to measure heap and loading]
 * </pre>
 */
public final class ControlPlane {
    private static final Duration POLL = Duration.ofMillis(20);
    /** Time between two announcements of a trainer, less than the 2 minutes after which it is forgotten. */
    private static final Duration ANNOUNCED = Duration.ofSeconds(30);

    private static final Duration PATIENCE = Duration.ofMinutes(15);
    private static final String IDLE = "idle";
    private static final int IDLE_SHARDS = 4;
    private static final String SPEC = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: %s}
            spec:
              dataset: {name: gaussian-mixture, mixture: {d: 1}, split: {train: 1000, validation: %d, test: 1000}}
              model: {arch: linear}
              training: {epochs: %d}
              attack: {training: {epsilon: 0.01}, validation: {shards: %d}, test: {shards: 1}}
              fairness: {policy: frl-reweight-remargin}
              schedule: {epochDeadline: 1d}
              sweep: {grid: {training.seed: %s}}
            """;

    private final int runs;
    private final int epochs;
    private final int shards;
    private final int classes;
    private final int warmup;
    private final int idle;
    private final int rate;
    private final boolean answered;
    private final Topics topics = new Topics(CanonicalSpec::read);
    private final KafkaSettings kafka;

    private final AtomicLong results = new AtomicLong();
    private final AtomicLong assigned = new AtomicLong();
    private final AtomicLong requested = new AtomicLong();
    private final AtomicLong updates = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();
    /** Run and epoch to the nanosecond in which its last shard result was sent. */
    private final Map<String, Long> lastSent = new ConcurrentHashMap<>();

    private final List<Long> latencies = Collections.synchronizedList(new ArrayList<>());
    private volatile long firstResult;
    private volatile long firstCpuNanos;
    private volatile long lastUpdate;
    private volatile boolean closing;

    private ControlPlane(Options options, KafkaSettings kafka) {
        this.runs = options.number("runs", 100);
        this.epochs = options.number("epochs", 5);
        this.shards = options.number("shards", 64);
        this.classes = options.number("classes", 10);
        this.warmup = options.number("warmup", 2);
        this.idle = options.number("idle", 0);
        this.rate = options.number("rate", 0);
        this.answered = options.number("shards-answered", 1) == 1;
        this.kafka = kafka;
    }

    public static void main(String[] args) throws Exception {
        var options = Options.of(args);
        var home = Files.createTempDirectory("frl-control-plane");
        try (var broker = EmbeddedBroker.start(home.resolve("broker"), 0)) {
            System.out.println(
                    new ControlPlane(options, KafkaSettings.of(broker.bootstrapServers())).measure(options, home));
        } finally {
            delete(home);
        }
        System.exit(0);
    }

    private String measure(Options options, Path home) throws Exception {
        TopicAdmin.create(kafka, topics, new TopicAdmin.Layout(1, 1, Duration.ofSeconds(30)));
        var workers = new ArrayList<Thread>();
        double loadSeconds = Double.NaN;
        double heap;
        try (var controller = controller(options, home.resolve("streams"));
                var producer = Clients.producer(kafka, "bench")) {
            workers.add(start("presence", this::announceTrainers));
            workers.add(start("trainers", () -> work(this::trainer, topics.runAssignments, topics.fairnessUpdates)));
            workers.add(start("attackers", () -> work(this::attacker, topics.attackShards)));
            workers.add(start("status", () -> work(this::status, topics.runStatus)));
            if (idle > 0) {
                submit(producer, IDLE, idle, IDLE_SHARDS);
                await(() -> requested.get() >= (long) idle * IDLE_SHARDS, "requests of idle runs");
                requested.set(0);
                assigned.set(0);
            }
            submit(producer, "control-plane", runs, shards);
            await(() -> assigned.get() >= runs, "assignments");
            await(() -> requested.get() >= (long) runs * shards || answered && results.get() > 0, "requests");
            heap = heapMebibytes();
            if (answered) {
                await(() -> ended.get() >= runs, "ends");
            }
        }
        double cpuSeconds = (cpuNanos() - firstCpuNanos) / 1e9;
        double changelog = (double) changelogBytes() / Math.max(1, results.get());
        if (!answered) {
            long begin = System.nanoTime();
            try (var again = controller(options, home.resolve("streams-again"))) {
                loadSeconds = (System.nanoTime() - begin) / 1e9;
            }
        }
        closing = true;
        for (Thread worker : workers) {
            worker.join();
        }
        double seconds = (lastUpdate - firstResult) / 1e9;
        long[] sorted = latencies.stream().mapToLong(n -> n).sorted().toArray();
        return String.format(
                Locale.ROOT,
                "{\"runs\": %d, \"idle\": %d, \"epochs\": %d, \"shards\": %d, \"classes\": %d, \"rate\": %d, \"results\": %d, \"results_per_s\": %.0f,"
                        + " \"update_ms_p50\": %.1f, \"update_ms_p99\": %.1f, \"changelog_bytes_per_result\": %.0f,"
                        + " \"heap_mib\": %.0f, \"load_s\": %.2f, \"cpu_us_per_result\": %.0f}",
                runs,
                idle,
                epochs,
                shards,
                classes,
                rate,
                results.get(),
                results.get() / seconds,
                quantile(sorted, 0.5),
                quantile(sorted, 0.99),
                changelog,
                heap,
                loadSeconds,
                cpuSeconds * 1e6 / results.get());
    }

    /** A trainer for every run, as the controller hands out no more runs than there are trainers. */
    private void announceTrainers() {
        try (var producer = Clients.producer(kafka, "bench")) {
            for (long announced = 0; !closing; pause()) {
                if (System.nanoTime() - announced > ANNOUNCED.toNanos() || announced == 0) {
                    announced = System.nanoTime();
                    for (int i = 0; i < runs + idle; i++) {
                        var now = Instant.now();
                        var status = new WorkerStatus(
                                "trainer",
                                "host-" + i,
                                "1",
                                "bench",
                                null,
                                WorkerStatus.State.IDLE,
                                null,
                                null,
                                null,
                                now,
                                now);
                        producer.send(topics.workers.record(status.key(), status));
                    }
                }
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void submit(Producer<String, byte[]> producer, String name, int count, int shardCount)
            throws ExecutionException, InterruptedException {
        var spec = String.format(
                Locale.ROOT,
                SPEC,
                name,
                Math.max(1000, shardCount),
                epochs,
                shardCount,
                IntStream.rangeClosed(1, count).boxed().toList());
        producer.send(topics.experimentSpecs.record(name, spec.getBytes(StandardCharsets.UTF_8)))
                .get();
    }

    private ControllerService controller(Options options, Path state) throws InterruptedException {
        var settings = KafkaSettings.from(
                Map.of(),
                Map.of(
                        "KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers(),
                        "KAFKA_NUM_STREAM_THREADS", String.valueOf(options.number("threads", 1))));
        var controller = new ControllerService(
                settings, state, topics, new SpecReader(new StandardCatalogue()), ControllerService.RETENTION);
        controller.start();
        if (!controller.awaitRunning(PATIENCE)) {
            throw new IllegalStateException("the controller did not start");
        }
        return controller;
    }

    private interface Handler {
        void handle(ConsumerRecord<String, byte[]> record, Producer<String, byte[]> producer);
    }

    private void work(Handler handler, Topic<?>... read) {
        try (var consumer = Clients.consumer(kafka, "bench", null);
                var producer = Clients.producer(kafka, "bench")) {
            readFromTheBeginning(consumer, read);
            while (!closing) {
                for (var record : consumer.poll(POLL)) {
                    if (record.value() != null) {
                        handler.handle(record, producer);
                    }
                }
            }
        }
    }

    private static void readFromTheBeginning(Consumer<String, byte[]> consumer, Topic<?>... read) {
        var partitions = Arrays.stream(read)
                .flatMap(topic -> consumer.partitionsFor(topic.name()).stream())
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    private void trainer(ConsumerRecord<String, byte[]> record, Producer<String, byte[]> producer) {
        if (record.topic().equals(topics.runAssignments.name())) {
            Outbox.Assignment run = topics.runAssignments.codec().decode(record.value());
            assigned.incrementAndGet();
            producer.send(
                    topics.epochTrained.record(record.key(), trained(run.plan().runId(), 0, run.attempt())));
            return;
        }
        var update = topics.fairnessUpdates.codec().decode(record.value());
        long now = System.nanoTime();
        Long sent = lastSent.remove(update.runId() + "/" + (update.update().forEpoch() - 1));
        if (sent != null && update.update().forEpoch() > warmup) {
            latencies.add(now - sent);
        }
        updates.incrementAndGet();
        lastUpdate = now;
        if (!update.last()) {
            producer.send(topics.epochTrained.record(
                    record.key(), trained(update.runId(), update.update().forEpoch(), 1)));
        }
    }

    private EpochTrained trained(String run, int epoch, int attempt) {
        var names = IntStream.range(0, classes).mapToObj(i -> "class-" + i).toList();
        var validation = Collections.nCopies(classes, (long) shards);
        var test = Collections.nCopies(classes, 1L);
        return new EpochTrained(
                run,
                epoch,
                attempt,
                new CheckpointRef(
                        String.format(Locale.ROOT, "file:/checkpoints/%s/epoch-%04d/model.safetensors", run, epoch),
                        sha(epoch)),
                null,
                new DataManifest(names, validation, test),
                epoch == 0 ? null : 1.0,
                Duration.ofMillis(10),
                "bench",
                "simulated",
                Instant.now());
    }

    private static String sha(int epoch) {
        return String.format(Locale.ROOT, "%064x", epoch + 1);
    }

    private void attacker(ConsumerRecord<String, byte[]> record, Producer<String, byte[]> producer) {
        Outbox.ShardTask shard = topics.attackShards.codec().decode(record.value());
        requested.incrementAndGet();
        if (!answered || shard.runId().startsWith(IDLE)) {
            return;
        }
        if (firstResult == 0) {
            firstResult = System.nanoTime();
            firstCpuNanos = cpuNanos();
        }
        if (rate > 0) {
            long due = firstResult + results.get() * 1_000_000_000L / rate;
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
        int[] labels = IntStream.range(0, classes).toArray();
        int[] attacked = labels.clone();
        attacked[shard.shard() % classes] = (shard.shard() + 1) % classes;
        var result = new ShardAttacked(
                shard.runId(),
                shard.part(),
                shard.epoch(),
                shard.shard(),
                shard.attempt(),
                shard.weights().sha256(),
                Tally.count(classes, labels, labels, attacked),
                Duration.ofMillis(10),
                "bench",
                "simulated",
                Instant.now());
        if (shard.shardCount() == shards) {
            results.incrementAndGet();
            lastSent.put(shard.runId() + "/" + shard.epoch(), System.nanoTime());
        }
        producer.send(topics.shardAttacked.record(record.key(), result));
    }

    private void status(ConsumerRecord<String, byte[]> record, Producer<String, byte[]> producer) {
        var status = topics.runStatus.codec().decode(record.value());
        if (status.phase().isTerminal()) {
            ended.incrementAndGet();
            if (!status.phase().name().equals("FINISHED")) {
                throw new IllegalStateException(status.reason());
            }
        }
    }

    private long changelogBytes() throws ExecutionException, InterruptedException {
        try (var admin = Clients.admin(kafka)) {
            var logs = admin.describeLogDirs(List.of(1)).allDescriptions().get();
            return logs.values().stream()
                    .flatMap(broker -> broker.values().stream())
                    .flatMap(folder -> folder.replicaInfos().entrySet().stream())
                    .filter(replica -> replica.getKey().topic().endsWith("-changelog"))
                    .collect(
                            Collectors.summingLong(replica -> replica.getValue().size()));
        }
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static double heapMebibytes() {
        System.gc();
        var runtime = Runtime.getRuntime();
        return (runtime.totalMemory() - runtime.freeMemory()) / 1024.0 / 1024.0;
    }

    private static double quantile(long[] sorted, double q) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) Math.min(sorted.length - 1, sorted.length * q)] / 1e6;
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition, String what) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("no " + what + " within " + PATIENCE);
            }
            Thread.sleep(5);
        }
    }

    private static Thread start(String name, Runnable work) {
        var thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((t, e) -> {
            e.printStackTrace();
            System.exit(1);
        });
        thread.start();
        return thread;
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
        }
    }
}
