package dev.frl.attacker;

import dev.frl.core.settings.RunSettings;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.ServiceProcess;
import dev.frl.messaging.message.AttackShard;
import dev.frl.messaging.message.ShardAttacked;
import dev.frl.messaging.message.WorkFailed;
import dev.frl.messaging.share.Lease;
import dev.frl.messaging.share.ShareWorker;
import dev.frl.messaging.share.ShareWorker.Verdict;
import dev.frl.spec.CanonicalSpec;
import dev.frl.worker.WorkFailure;
import dev.frl.worker.WorkerContext;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a shard, attacks it, announces the counts, takes the next. Any number of attackers share the shards; if one dies,
 * another is given its shard and counts the same.
 */
public final class AttackerService implements ServiceProcess.Service {
    private static final Logger log = LoggerFactory.getLogger(AttackerService.class);

    private final WorkerContext workplace;
    private final Topics topics;
    private final Clock clock;
    private final ShardAttack attack;
    private final Producer<String, byte[]> producer;
    private final ShareWorker<AttackShard> worker;
    /** Of the shard before, which mostly is of the same run. Only the worker's thread of work looks here. */
    private @Nullable String lastSpec;

    private @Nullable RunSettings lastSettings;

    public AttackerService(WorkerContext workplace, KafkaSettings kafka, Topics topics, Clock clock) {
        this.workplace = workplace;
        this.topics = topics;
        this.clock = clock;
        this.attack = new ShardAttack(workplace.engine(), workplace.checkpoints(), workplace.threads());
        var name = "attacker-" + workplace.host();
        this.producer = Clients.producer(kafka, name);
        this.worker = ShareWorker.start(kafka, name, Topics.ATTACKERS, topics.attackShards, this::attack, this::failed);
        log.atInfo().addKeyValue("engine", workplace.engine().description()).log("attacker is up");
    }

    @Override
    public CompletableFuture<Void> ended() {
        return worker.ended();
    }

    private RunSettings settings(AttackShard shard) {
        var last = lastSettings;
        if (last == null || !shard.canonicalSpec().equals(lastSpec)) {
            last = CanonicalSpec.read(shard.canonicalSpec());
            lastSpec = shard.canonicalSpec();
            lastSettings = last;
        }
        return last;
    }

    private void attack(AttackShard shard, Lease lease) throws InterruptedException, ExecutionException {
        var settings = settings(shard);
        var dataset = workplace.dataset(settings.dataset());
        long begin = System.nanoTime();
        var tally = attack.attack(
                settings,
                dataset,
                shard.weights(),
                shard.part(),
                shard.epoch(),
                shard.shard(),
                shard.shardCount(),
                lease::over);
        lease.throwIfOver(); // to return would settle the shard
        if (tally == null) {
            throw new IllegalStateException("the attack was given up, but its lease is not over");
        }
        var duration = Duration.ofNanos(System.nanoTime() - begin);
        producer.send(topics.shardAttacked.record(
                        shard.runId(),
                        new ShardAttacked(
                                shard.runId(),
                                shard.part(),
                                shard.epoch(),
                                shard.shard(),
                                shard.attempt(),
                                shard.selection(),
                                shard.weights().sha256(),
                                tally,
                                workplace.engine().name(),
                                workplace.host(),
                                workplace.engine().description(),
                                duration,
                                clock.instant())))
                .get();
        log.atDebug()
                .addKeyValue("run", shard.runId())
                .addKeyValue("epoch", shard.epoch())
                .addKeyValue("shard", shard.shard())
                .addKeyValue("imagesPerSecond", Math.round(tally.seen() * 1e9 / duration.toNanos()))
                .log("shard attacked");
    }

    /** Tells the controller, so that the shard is given out again or the run fails with a reason. */
    private Verdict failed(AttackShard shard, Lease lease, Exception error)
            throws InterruptedException, ExecutionException {
        var failure = WorkFailure.of(error);
        log.atError()
                .addKeyValue("run", shard.runId())
                .addKeyValue("epoch", shard.epoch())
                .addKeyValue("shard", shard.shard())
                .addKeyValue("reason", failure.reason())
                .setCause(failure.defect())
                .log("attack failed");
        var failed = WorkFailed.shard(shard, failure.reason(), failure.retryable(), workplace.host(), clock.instant());
        producer.send(topics.workFailures.record(shard.runId(), failed)).get();
        return Verdict.SETTLED;
    }

    @Override
    public void close() {
        worker.close();
        producer.close();
        attack.close();
    }
}
