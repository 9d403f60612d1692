package dev.frl.messaging.message;

import dev.frl.core.run.CheckpointRef;
import dev.frl.core.run.Selection;
import dev.frl.core.settings.Part;

/**
 * One shard of an evaluation, for the next free attacker. The settings give the split, the attack and the
 * seed, so any attacker gives the same answer.
 *
 * @param runId run
 * @param part which images
 * @param epoch whose weights are attacked
 * @param shard from 0
 * @param shardCount shards of this evaluation
 * @param attempt from 1
 * @param weights that are attacked
 * @param selection which of the run's weights these are
 * @param canonicalSpec the run's resolved settings as canonical JSON
 * @param specSha256 of {@code canonicalSpec}, 64 hex digits
 */
public record AttackShard(
        String runId,
        Part part,
        int epoch,
        int shard,
        int shardCount,
        int attempt,
        CheckpointRef weights,
        Selection selection,
        String canonicalSpec,
        String specSha256) {
    public AttackShard {
        if (shard < 0 || shard >= shardCount) {
            throw new IllegalArgumentException("shard %d of %d".formatted(shard, shardCount));
        }
    }
}
