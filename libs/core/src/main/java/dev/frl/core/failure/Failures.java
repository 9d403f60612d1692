package dev.frl.core.failure;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Consecutive failures of the same work: those since it last succeeded.
 *
 * @param tries number of failures
 * @param counted number of failures that count against the run. Those of hosts that lack something do not: another host may have it, and
 *     this one may be mended
 * @param untaken number of requests in a row that no worker took. They are no failures: nobody has tried
 * @param hosts hosts that failed
 */
public record Failures(int tries, int counted, int untaken, List<String> hosts) {
    public static final Failures NONE = new Failures(0, 0, 0, List.of());

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(10);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    /**
     * Failures for its own sake that a host may have before the run ends: a week of a worker that pauses for up to five minutes after each,
     * as long as a run waits for a trainer by default.
     */
    private static final int TRIES_PER_HOST = 2000;

    public Failures {
        hosts = List.copyOf(hosts);
    }

    /** One more: this host failed. */
    public Failures plus(String host, FailureKind kind) {
        return new Failures(
                tries + 1,
                counted + (kind == FailureKind.HOST ? 0 : 1),
                0,
                Stream.concat(hosts.stream(), Stream.of(host)).distinct().toList());
    }

    /** One more: nobody reported anything in time. */
    public Failures plusSilence() {
        return new Failures(tries + 1, counted + 1, 0, hosts);
    }

    /** Another request that no worker took. */
    public Failures plusUntaken() {
        return new Failures(tries, counted, untaken + 1, hosts);
    }

    /** A worker took the work. */
    public Failures taken() {
        return untaken == 0 ? this : new Failures(tries, counted, 0, hosts);
    }

    public boolean exhausted(int maxAttempts) {
        return counted >= maxAttempts || tries - counted >= TRIES_PER_HOST * Math.max(1, hosts.size());
    }

    /** Time before the next attempt: none after the first failure, then 10 s, doubled each time, up to 5 min. */
    public Duration pause() {
        if (counted < 2) {
            return Duration.ZERO;
        }
        var pause = FIRST_PAUSE.multipliedBy(1L << Math.min(counted - 2, 10));
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }

    /**
     * How long a request may wait for a worker that takes it, before it is made again: twice as long each time, and in all no longer
     * than the deadline.
     *
     * @param first wait of the first request
     * @param inAll all waits together
     * @return zero or less if nothing is left of the deadline
     */
    public Duration untakenPatience(Duration first, Duration inAll) {
        long factor = 1L << Math.min(untaken, 30);
        var left = inAll.minus(first.multipliedBy(factor - 1));
        var next = first.multipliedBy(factor);
        return next.compareTo(left) < 0 ? next : left;
    }
}
