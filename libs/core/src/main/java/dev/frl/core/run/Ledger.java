package dev.frl.core.run;

import dev.frl.core.failure.Failures;
import dev.frl.core.errors.Tally;
import dev.frl.core.errors.TallySum;
import dev.frl.core.run.RunEvent.RetryPlanned;
import dev.frl.core.run.RunEvent.ShardCounted;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.settings.Part;
import java.time.Duration;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An evaluation in progress: which shards are counted, their sum, and which attempt of each shard is under way. Changes only while a
 * {@link RunState} replays an event.
 */
final class Ledger {
    private final ShardsRequested first;
    private final BitSet counted = new BitSet();
    private final TallySum sum = new TallySum();
    private final Map<Integer, Integer> attempts = new HashMap<>();
    private final TreeMap<Integer, RetryPlanned> retries = new TreeMap<>();
    private final Map<Integer, Double> shares = new HashMap<>();
    private int attempt;
    private int attemptOfAll;
    private Failures failures;
    private Duration attackDuration = Duration.ZERO;

    /** @param first the request for all shards */
    Ledger(ShardsRequested first) {
        this.first = first;
        this.attempt = first.attempt();
        this.attemptOfAll = first.attempt();
        this.failures = first.failures();
    }

    void count(ShardCounted shard) {
        counted.set(shard.shard());
        sum.add(shard.tally());
        attackDuration = attackDuration.plus(shard.duration());
        retries.remove(shard.shard());
        shares.remove(shard.shard());
        failures = Failures.NONE;
    }

    void requestAgain(ShardsRequested request) {
        attempt = request.attempt();
        failures = request.failures();
        if (request.shard() != null) {
            attempts.put(request.shard(), attempt);
            retries.remove(request.shard());
        } else {
            attemptOfAll = attempt;
            attempts.clear();
            retries.clear();
        }
    }

    void planRetry(int shard, RetryPlanned retry) {
        failures = retry.failures();
        retries.put(shard, retry);
    }

    void progress(int shard, double share) {
        if (!counted.get(shard)) {
            shares.put(shard, share);
        }
    }

    /** The request for all shards. */
    ShardsRequested first() {
        return first;
    }

    boolean isOf(Part part, int epoch) {
        return first.part() == part && first.epoch() == epoch;
    }

    /** Attempt number of the latest request, starting at 1. */
    int attempt() {
        return attempt;
    }

    /** Attempt number of the latest request for this shard. */
    int attemptOf(int shard) {
        return attempts.getOrDefault(shard, attemptOfAll);
    }

    /** Consecutive failures: those since the last counted shard. */
    Failures failures() {
        return failures;
    }

    boolean isCounted(int shard) {
        return counted.get(shard);
    }

    int countedShards() {
        return counted.cardinality();
    }

    boolean isComplete() {
        return counted.cardinality() == first.shards();
    }

    /** Numbers of the shards that are not counted yet. */
    BitSet missing() {
        var missing = new BitSet();
        missing.set(0, first.shards());
        missing.andNot(counted);
        return missing;
    }

    /** The sum of the counted shards. */
    Tally sum() {
        return sum.tally();
    }

    /** The sum of the durations of the counted shards' attacks. */
    Duration attackDuration() {
        return attackDuration;
    }

    /** The retry that this shard waits for; null if there is none. */
    @Nullable
    RetryPlanned retryOf(int shard) {
        return retries.get(shard);
    }

    /** The retries that wait for their time, by shard. */
    Collection<RetryPlanned> retries() {
        return Collections.unmodifiableCollection(retries.values());
    }

    /** Shards that were requested alone, or wait for that. */
    BitSet exceptions() {
        var shards = new BitSet();
        attempts.keySet().forEach(shards::set);
        retries.keySet().forEach(shards::set);
        return shards;
    }

    /** Share of the evaluation's work that is done, in [0, 1]: counted shards, and what is reported of others. */
    double share() {
        double done =
                countedShards() + shares.values().stream().mapToDouble(s -> s).sum();
        return Math.min(1, done / first.shards());
    }
}
