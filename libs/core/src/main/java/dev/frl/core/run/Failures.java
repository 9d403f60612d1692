package dev.frl.core.run;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Consecutive failures of the same work: those since it last succeeded.
 *
 * @param tries number of failures
 * @param counted number of failures that count against the run. A host that fails again for its own sake counts once, so that one
 *     bad host does not use up the attempts of a run that others can do
 * @param hosts hosts that failed
 */
public record Failures(int tries, int counted, List<String> hosts) {
    public static final Failures NONE = new Failures(0, 0, List.of());

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(10);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    /** Where only one host is there and it keeps failing, this ends the run. */
    private static final int TRIES_PER_ATTEMPT = 10;

    public Failures {
        hosts = List.copyOf(hosts);
    }

    Failures plus(RunInput.WorkFailed failed) {
        boolean known = hosts.contains(failed.host());
        boolean again = known && failed.kind() == FailureKind.HOST;
        return new Failures(
                tries + 1,
                counted + (again ? 0 : 1),
                known
                        ? hosts
                        : Stream.concat(hosts.stream(), Stream.of(failed.host()))
                                .toList());
    }

    /** One more: nobody reported anything in time. */
    Failures plusSilence() {
        return new Failures(tries + 1, counted + 1, hosts);
    }

    boolean exhausted(int maxAttempts) {
        return counted >= maxAttempts || tries >= TRIES_PER_ATTEMPT * maxAttempts;
    }

    /** Time before the next attempt: none after the first failure, then 10 s, doubled each time, up to 5 min. */
    Duration pause() {
        if (counted < 2) {
            return Duration.ZERO;
        }
        var pause = FIRST_PAUSE.multipliedBy(1L << Math.min(counted - 2, 10));
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }
}
