package dev.frl.bench;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.checkpoint.CheckpointStore;
import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.fairness.ClassTreatment;
import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.core.run.RunPlan;
import dev.frl.core.settings.Part;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.data.store.Datasets;
import dev.frl.engine.Engine;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicReader;
import dev.frl.service.StandardTopics;
import dev.frl.spec.Admission;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.trainer.Training;
import dev.frl.worker.ImageCount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;

/**
 * Two attackers beside one: real attackers as processes of their own, with one thread each, share the shards of a real broker in this
 * process. Each pair is a batch of shards for the first attacker alone, then one for both; the second attacker starts before its batch,
 * attacks shards until its code is compiled, and stops after it. A batch lasts from its first result to its last, over the shards between.
 * Prints one line for each batch, and the ratio of the medians.
 *
 * <pre>
 *   TwoAttackers COMMAND DATA [--pairs 3] [--batch 160: shards of a batch] [--shards 16: of an evaluation] [--images 8000: of an evaluation]
 *                [--warm 120: shards for each attacker before its first batch]
 * </pre>
 */
public final class TwoAttackers {
    private static final Duration POLL = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofMinutes(8);
    private static final String SPEC = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: two-attackers}
            spec:
              dataset: {name: fashion-mnist, split: {train: 10000, validation: %d, test: 100}}
              model: {arch: cnn-small}
              training: {method: pgd-at, epochs: 3}
              attack: {training: {epsilon: 0.1}, validation: {method: pgd, steps: 20, shards: %d}}
              fairness: {policy: none}
            """;

    private final Topics topics = StandardTopics.create();
    private final KafkaSettings kafka;
    private final String command;
    private final String data;
    private final Path home;
    private final RunPlan plan;
    private final CheckpointRef weights;
    private final int shards;
    private int epoch;

    private TwoAttackers(KafkaSettings kafka, String command, String data, Path home, int images, int shards) {
        this.kafka = kafka;
        this.command = command;
        this.data = data;
        this.home = home;
        this.shards = shards;
        this.plan = plan(String.format(Locale.ROOT, SPEC, images, shards));
        this.weights = weights();
    }

    /** Weights that resist somewhat: images that a net gets wrong at once are not attacked. */
    private CheckpointRef weights() {
        var checkpoints = home.resolve("checkpoints");
        var dataset = new DataStore(Path.of(data), home, Progress.NONE).load(Datasets.named("fashion-mnist"));
        try (var training = Training.open(
                plan,
                null,
                dataset,
                Engine.present().get(0),
                new CheckpointStore(checkpoints, List.of(checkpoints)),
                Runtime.getRuntime().availableProcessors(),
                Clock.systemUTC())) {
            for (int i = 0; i < plan.settings().training().epochs(); i++) {
                training.train(ClassTreatment.even(10), () -> false, ImageCount.NONE);
            }
            return training.last().weights();
        }
    }

    public static void main(String[] args) throws Exception {
        var options = Options.of(java.util.Arrays.copyOfRange(args, 2, args.length));
        var home = Files.createTempDirectory("frl-two-attackers");
        try (var broker = EmbeddedBroker.start(home.resolve("broker"), 0)) {
            new TwoAttackers(
                            KafkaSettings.of(broker.bootstrapServers()),
                            args[0],
                            args[1],
                            home,
                            options.number("images", 8000),
                            options.number("shards", 16))
                    .measure(options.number("pairs", 3), options.number("batch", 160), options.number("warm", 120));
        } finally {
            delete(home);
        }
        System.exit(0);
    }

    private static RunPlan plan(String spec) {
        var admission = new SpecReader(new StandardCatalogue()).read(spec.getBytes(StandardCharsets.UTF_8));
        if (admission instanceof Admission.Admitted admitted) {
            return admitted.plan().runs().get(0);
        }
        throw new IllegalStateException(admission.toString());
    }

    private void measure(int pairs, int size, int warm) throws Exception {
        TopicAdmin.create(kafka, topics, TopicAdmin.Layout.replicated(1));
        var rates = new ArrayList<List<Double>>(List.of(new ArrayList<>(), new ArrayList<>()));
        var first = attacker("1");
        try (var consumer = Clients.consumer(kafka, "bench", null);
                var producer = Clients.producer(kafka, "bench")) {
            TopicReader.seekToBeginning(consumer, topics.shardAttacked);
            batch(consumer, producer, warm, 1);
            for (int pair = 0; pair < pairs; pair++) {
                rates.get(0).add(batch(consumer, producer, size, 1));
                var second = attacker("2");
                try {
                    batch(consumer, producer, 2 * warm, 2);
                    rates.get(1).add(batch(consumer, producer, size, 2));
                } finally {
                    stop(second);
                }
            }
        } finally {
            stop(first);
        }
        double one = median(rates.get(0));
        double two = median(rates.get(1));
        System.out.printf(
                Locale.ROOT,
                "one attacker %.0f images/s, two %.0f images/s: %.2f times (medians of %d)%n",
                one,
                two,
                two / one,
                pairs);
    }

    /** Attacks some shards. Returns images a second, from the first result to the last. */
    private double batch(Consumer<String, byte[]> consumer, Producer<String, byte[]> producer, int count, int attackers)
            throws Exception {
        epoch++; // distinguishes the results of batches
        for (int i = 0; i < count; i++) {
            var task = new ShardTask(
                    plan.runId(),
                    Part.VALIDATION,
                    epoch,
                    i % shards,
                    shards,
                    1 + i / shards,
                    weights,
                    Selection.LAST,
                    1,
                    plan.canonicalSpec(),
                    plan.specSha256());
            producer.send(topics.attackShards.record(plan.runId(), task));
        }
        producer.flush();
        long first = 0;
        long last = 0;
        long images = 0;
        var seen = new HashSet<String>();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (seen.size() < count) {
            for (var record : consumer.poll(POLL)) {
                var result = topics.shardAttacked.codec().decode(record.value());
                if (result.epoch() != epoch || !seen.add(result.shard() + "/" + result.attempt())) {
                    continue;
                }
                last = System.nanoTime();
                if (first == 0) {
                    first = last;
                } else {
                    images += result.tally().seen();
                }
            }
            if (System.nanoTime() > end) {
                throw new IllegalStateException(seen.size() + " of " + count + " shards within " + PATIENCE);
            }
        }
        double rate = images / ((last - first) / 1e9);
        System.out.printf(
                Locale.ROOT,
                "%d attacker%s: %d shards, %.0f images/s; load average %s%n",
                attackers,
                attackers == 1 ? "" : "s",
                count,
                rate,
                Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
        return rate;
    }

    private Process attacker(String name) throws IOException {
        var builder = new ProcessBuilder(command, "attacker", "--home=" + home.resolve("attacker-" + name));
        builder.environment().put("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
        builder.environment().put("FRL_DATA", data);
        builder.environment().put("FRL_CHECKPOINTS", home.resolve("checkpoints").toString());
        builder.environment().put("FRL_THREADS", "1");
        return builder.redirectErrorStream(true)
                .redirectOutput(home.resolve("attacker-" + name + ".log").toFile())
                .start();
    }

    private static void stop(Process process) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
        }
    }
}
