package dev.frl.bench;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.core.settings.Part;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.share.Acknowledgement;
import dev.frl.messaging.share.ShareWorker;
import dev.frl.service.StandardTopics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many shards a second a share group hands out through the one partition of frl.attack-shards: real broker and real share consumers in
 * this process, and work that only waits. Prints one line for each number of workers: shards a second, what the waits alone would allow,
 * and processor time for each shard.
 *
 * <pre>
 *   ShareGroup [--workers 1,8,32] [--millis 100: length of the work on a shard] [--seconds 20: length of each measurement]
 * </pre>
 */
public final class ShareGroup {
    private static final Topics TOPICS = StandardTopics.create();

    private ShareGroup() {}

    public static void main(String[] args) throws Exception {
        var options = Options.of(args);
        int millis = options.number("millis", 100);
        int seconds = options.number("seconds", 20);
        Path home = Files.createTempDirectory("frl-share-group");
        try (var broker = EmbeddedBroker.start(home, 0)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(kafka, TOPICS, TopicAdmin.Layout.replicated(1));
            for (var workers : options.text("workers", "1,8,32").split(",", -1)) {
                measure(kafka, Integer.parseInt(workers), millis, seconds);
            }
        }
        System.exit(0);
    }

    private static void measure(KafkaSettings kafka, int count, int millis, int seconds) throws Exception {
        var done = new AtomicLong();
        var all = new CountDownLatch(count);
        var workers = new ArrayList<ShareWorker<ShardTask>>();
        int shards = count * (seconds + 30) * 1000 / Math.max(1, millis);
        for (int i = 0; i < count; i++) {
            var joined = new AtomicLong();
            workers.add(ShareWorker.start(
                    kafka,
                    "worker-" + i,
                    Topics.ATTACKERS,
                    TOPICS.attackShards,
                    (shard, lease) -> {
                        if (joined.getAndIncrement() == 0) {
                            all.countDown();
                        }
                        Thread.sleep(millis);
                        done.incrementAndGet();
                    },
                    (shard, lease, error) -> Acknowledgement.RELEASE,
                    () -> true,
                    ShareWorker.Observer.NONE));
        }
        try (var producer = Clients.producer(kafka, "bench")) {
            for (int i = 0; i < shards; i++) {
                producer.send(TOPICS.attackShards.record("run", shard(i)));
            }
            producer.flush();
        }
        all.await();
        long cpu = cpuNanos();
        long from = done.get();
        long begin = System.nanoTime();
        Thread.sleep(seconds * 1000L);
        double passed = (System.nanoTime() - begin) / 1e9;
        double rate = (done.get() - from) / passed;
        System.out.printf(
                Locale.ROOT,
                "%d workers, work of %d ms: %.0f shards/s of %.0f, %.0f us of processor time a shard%n",
                count,
                millis,
                rate,
                count * 1000.0 / millis,
                (cpuNanos() - cpu) / 1e3 / (rate * passed));
        while (done.get() < shards) {
            Thread.sleep(100);
        }
        workers.parallelStream().forEach(ShareWorker::close);
    }

    private static ShardTask shard(int i) {
        var weights = new CheckpointRef("file:/checkpoints/run/epoch-0001/model.safetensors", "0".repeat(64));
        return new ShardTask(
                "run",
                Part.VALIDATION,
                1,
                0,
                1,
                1 + i,
                weights,
                Selection.LAST,
                1,
                "x".repeat(2000), // as long as the settings of a run
                "0".repeat(64));
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean)
                        java.lang.management.ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
