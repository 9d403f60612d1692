package dev.frl.worker;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.errors.Tally;
import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.core.run.RunInput.ShardAttacked;
import dev.frl.core.run.Work;
import dev.frl.core.settings.Part;
import dev.frl.messaging.share.Lease;
import dev.frl.worker.WorkerService.Task;
import java.time.Duration;
import java.time.Instant;

/** Tasks on shards, and messages for them. */
final class Tasks {
    /** Work that does nothing. */
    static final Run NOTHING = (shard, lease, announcer, meter) -> {};

    private Tasks() {}

    interface Run {
        void run(ShardTask shard, Lease lease, Announcer announcer, WorkMeter meter) throws Exception;
    }

    static Task<ShardTask> task(Run run) {
        return new Task<>() {
            @Override
            public void run(ShardTask shard, Lease lease, Announcer announcer, WorkMeter meter) throws Exception {
                run.run(shard, lease, announcer, meter);
            }

            @Override
            public WorkItem item(ShardTask shard) {
                var work = new Work.Shard(shard.part(), shard.epoch(), shard.shard());
                return new WorkItem(shard.runId(), work, shard.attempt(), shard.trainingAttempt());
            }
        };
    }

    static ShardTask shard(String runId) {
        var weights = new CheckpointRef("file:/model.safetensors", "ab".repeat(32));
        return new ShardTask(runId, Part.VALIDATION, 3, 1, 2, 1, weights, Selection.LAST, 1, "{}", "cd".repeat(32));
    }

    static ShardAttacked attacked(ShardTask shard) {
        return new ShardAttacked(
                shard.runId(),
                shard.part(),
                shard.epoch(),
                shard.shard(),
                shard.attempt(),
                shard.weights().sha256(),
                Tally.count(2, new int[] {0, 1}, new int[] {0, 1}, new int[] {1, 1}),
                Duration.ofSeconds(1),
                "host",
                "engine",
                Instant.EPOCH);
    }
}
