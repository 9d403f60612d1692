package dev.frl.attacker;

import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.core.run.RunInput.ShardAttacked;
import dev.frl.core.run.Work;
import dev.frl.core.settings.RunSettings;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.share.Lease;
import dev.frl.service.metrics.ServiceMeter;
import dev.frl.spec.CanonicalSpec;
import dev.frl.worker.Announcer;
import dev.frl.worker.WorkItem;
import dev.frl.worker.WorkMeter;
import dev.frl.worker.WorkerContext;
import dev.frl.worker.WorkerService;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attacks one shard at a time and announces its counts. Any number of attackers share the shards. If this attacker dies, another
 * one takes its shard and gets the same counts.
 */
public final class AttackerService implements WorkerService.Task<ShardTask> {
    private static final Logger log = LoggerFactory.getLogger(AttackerService.class);

    private final WorkerContext context;
    private final Topics topics;
    private final Clock clock;
    private final ShardAttack attack;
    private final Timer shards;
    /** Spec and settings of the last shard: most shards are of the same run as the one before. */
    private @Nullable String lastSpec;

    private @Nullable RunSettings lastSettings;
    private volatile boolean waits;

    AttackerService(WorkerContext context, Topics topics, Clock clock) {
        this.context = context;
        this.topics = topics;
        this.clock = clock;
        this.shards = ServiceMeter.SHARD.timer(context.meters());
        this.attack = new ShardAttack(context.engine(), context.checkpoints(), context.threads());
    }

    /** Starts an attacker. */
    public static WorkerService<ShardTask> start(
            WorkerContext context, KafkaSettings kafka, Topics topics, Clock clock) {
        var task = new AttackerService(context, topics, clock);
        return WorkerService.start(
                "attacker", context, kafka, topics, Topics.ATTACKERS, topics.attackShards, task, clock);
    }

    @Override
    public void run(ShardTask shard, Lease lease, Announcer announcer, WorkMeter meter)
            throws InterruptedException, ExecutionException {
        var tracing = context.tracing();
        try (var span =
                tracing.beginShard("attack shard", shard.runId(), shard.epoch(), shard.shard(), lease.headers())) {
            try {
                attack(shard, lease, announcer, meter);
            } catch (InterruptedException | ExecutionException | RuntimeException | Error e) {
                span.failed();
                throw e;
            }
        }
    }

    private void attack(ShardTask shard, Lease lease, Announcer announcer, WorkMeter meter)
            throws InterruptedException, ExecutionException {
        var settings = settings(shard);
        var dataset = context.dataset(settings.dataset());
        long begin = System.nanoTime();
        var tally = attack.attack(
                settings,
                dataset,
                shard.weights(),
                shard.part(),
                shard.epoch(),
                shard.shard(),
                shard.shardCount(),
                lease::over,
                meter);
        lease.throwIfOver(); // returning would accept the shard
        if (tally == null) {
            throw new IllegalStateException("the attack was cancelled, but its lease is not over");
        }
        var duration = Duration.ofNanos(System.nanoTime() - begin);
        announcer.announce(
                topics.shardAttacked,
                shard.runId(),
                new ShardAttacked(
                        shard.runId(),
                        shard.part(),
                        shard.epoch(),
                        shard.shard(),
                        shard.attempt(),
                        shard.weights().sha256(),
                        tally,
                        duration,
                        context.host(),
                        context.engine().description(),
                        clock.instant()));
        shards.record(duration);
        log.atDebug()
                .addKeyValue("run", shard.runId())
                .addKeyValue("epoch", shard.epoch())
                .addKeyValue("shard", shard.shard())
                .addKeyValue("imagesPerSecond", Math.round(tally.seen() * 1e9 / duration.toNanos()))
                .log("shard attacked");
    }

    private RunSettings settings(ShardTask shard) {
        var last = lastSettings;
        if (last == null || !shard.canonicalSpec().equals(lastSpec)) {
            last = CanonicalSpec.read(shard.canonicalSpec());
            lastSpec = shard.canonicalSpec();
            lastSettings = last;
        }
        return last;
    }

    /** Trainers write the weights of a shard before it is requested. Without the folder this attacker can read none, and leaves them to others. */
    @Override
    public Optional<String> takesNothing() {
        var absent = context.checkpoints().absent();
        if (absent.isPresent() != waits) {
            waits = absent.isPresent();
            absent.ifPresentOrElse(
                    why -> log.atWarn()
                            .addKeyValue("reason", why)
                            .log("the attacker takes no shards until it is there"),
                    () -> log.atInfo().log("the folder for checkpoints is there"));
        }
        return absent;
    }

    @Override
    public WorkItem item(ShardTask shard) {
        var work = new Work.Shard(shard.part(), shard.epoch(), shard.shard());
        return new WorkItem(shard.runId(), work, shard.attempt(), shard.trainingAttempt());
    }

    @Override
    public void release() {
        attack.release();
        lastSettings = null;
    }

    @Override
    public void close() {
        attack.close();
    }
}
