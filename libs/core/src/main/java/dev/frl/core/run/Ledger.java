package dev.frl.core.run;

import dev.frl.core.errors.Tally;
import dev.frl.core.errors.TallySum;
import dev.frl.core.failure.Failures;
import dev.frl.core.run.RunEvent.RetryPlanned;
import dev.frl.core.run.RunEvent.ShardCounted;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.settings.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * An evaluation in progress: which shards are counted, their sum, and which attempt of each shard is under way. Changes only while a
 * {@link RunState} replays an event.
 */
final class Ledger {
    /** A shard is slow if it takes so many times as long as the median shard. */
    private static final int SLOW = 2;

    /** Shards of a few seconds are no reason to do work twice. */
    private static final Duration LEAST_SLOW = Duration.ofSeconds(10);

    private final ShardsRequested first;
    private final BitSet counted = new BitSet();
    private final TallySum sum = new TallySum();
    private final Map<Integer, Integer> attempts = new HashMap<>();
    private final TreeMap<Integer, RetryPlanned> retries = new TreeMap<>();
    private final Map<Integer, Told> told = new HashMap<>();
    /** Shards that were given out a second time. */
    private final BitSet duplicated = new BitSet();
    /** Durations of the counted shards' attacks. */
    private final List<Duration> durations = new ArrayList<>();
    /** Hosts that have counted a shard. */
    private final Set<String> hosts = new HashSet<>();

    private @Nullable Instant lastCounted;
    private int attempt;
    private int attemptOfAll;
    private Failures failures;
    /** Whether an attacker gave a sign since the latest request. */
    private boolean taken;

    private Duration attackDuration = Duration.ZERO;

    /** What a worker reported last of a shard: share of its work that is done, and its host. */
    private record Told(double share, String host) {}

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
        told.remove(shard.shard());
        durations.add(shard.duration());
        hosts.add(shard.host());
        lastCounted = shard.at();
        failures = Failures.NONE;
        taken = true;
    }

    void requestAgain(ShardsRequested request) {
        attempt = request.attempt();
        failures = request.failures();
        taken = false;
        if (request.shard() != null) {
            attempts.put(request.shard(), attempt);
            retries.remove(request.shard());
        } else {
            attemptOfAll = attempt;
            attempts.clear();
            retries.clear();
            duplicated.clear();
        }
    }

    void planRetry(int shard, RetryPlanned retry) {
        failures = retry.failures();
        taken = true;
        retries.put(shard, retry);
    }

    void progress(int shard, double share, String host) {
        taken = true;
        if (!counted.get(shard)) {
            told.put(shard, new Told(share, host));
        }
    }

    void duplicate(int shard) {
        duplicated.set(shard);
    }

    /**
     * Shards that a slow worker holds while others have nothing of this evaluation left to do: at least three quarters of the shards are in,
     * nothing came in for twice as long as the median shard took, and another host has counted a shard. Each is named once.
     *
     * @param upSince time since which the controller has been running; earlier silence does not count
     */
    List<Integer> stragglers(Instant now, Instant upSince) {
        int missing = first.shards() - countedShards();
        if (lastCounted == null || missing > Math.max(1, first.shards() / 4)) {
            return List.of();
        }
        var since = lastCounted.isAfter(upSince) ? lastCounted : upSince;
        var sorted = durations.stream().sorted().toList();
        var patience = sorted.get(sorted.size() / 2).multipliedBy(SLOW);
        if (now.isBefore(since.plus(patience.compareTo(LEAST_SLOW) < 0 ? LEAST_SLOW : patience))) {
            return List.of();
        }
        return missing().stream()
                .filter(shard -> !duplicated.get(shard) && !retries.containsKey(shard) && isElsewhere(told.get(shard)))
                .boxed()
                .toList();
    }

    /** Host that reported last of this shard; empty if none did. */
    String hostOf(int shard) {
        var report = told.get(shard);
        return report == null ? "" : report.host();
    }

    private boolean isElsewhere(@Nullable Told report) {
        return report != null && hosts.stream().anyMatch(host -> !host.equals(report.host()));
    }

    /** Whether so many shards are in that the evaluation may do without the others, and every class has images among them. */
    boolean isEnough(double fraction) {
        if (fraction >= 1 || counted.isEmpty() || counted.cardinality() < fraction * first.shards()) {
            return false;
        }
        var seen = sum.tally();
        return IntStream.range(0, seen.classes()).allMatch(label -> seen.seen(label) > 0);
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

    /** Whether an attacker gave a sign since the latest request: it counted a shard, failed, or reported progress. */
    boolean taken() {
        return taken;
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

    /** Shards that were requested alone, wait for that, or were given out a second time. */
    BitSet exceptions() {
        var shards = new BitSet();
        attempts.keySet().forEach(shards::set);
        retries.keySet().forEach(shards::set);
        shards.or(duplicated);
        return shards;
    }

    /** Share of the evaluation's work that is done, in [0, 1]: counted shards, and what is reported of others. */
    double share() {
        double done = countedShards()
                + told.values().stream().mapToDouble(Told::share).sum();
        return Math.min(1, done / first.shards());
    }
}
