package dev.frl.cli.terminal;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.OptionalDouble;

/** Recent rate of some work, and its remaining time. Work done before the first sample does not count. */
public final class Meter {
    private final Duration window;
    private final Duration settled;
    private final ArrayDeque<Sample> samples = new ArrayDeque<>();

    private record Sample(Instant at, double done) {}

    /**
     * @param window length of the time over which the rate is measured
     * @param settled time of sampling before the first rate
     */
    public Meter(Duration window, Duration settled) {
        this.window = window;
        this.settled = settled;
    }

    public void sample(Instant at, double done) {
        samples.addLast(new Sample(at, done));
        // One sample before the window stays, so that the samples span the window.
        while (samples.size() > 2 && Duration.between(second().at(), at).compareTo(window) >= 0) {
            samples.removeFirst();
        }
    }

    private Sample second() {
        var all = samples.iterator();
        all.next();
        return all.next();
    }

    /** Work per second; empty before enough samples. */
    public OptionalDouble rate() {
        if (samples.size() < 2) {
            return OptionalDouble.empty();
        }
        Sample first = samples.getFirst();
        Sample last = samples.getLast();
        Duration between = Duration.between(first.at(), last.at());
        double done = last.done() - first.done();
        return between.compareTo(settled) < 0 || done <= 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(done * 1e9 / between.toNanos());
    }

    /** Remaining time at this rate; empty while there is no rate. */
    public Optional<Duration> left(double total) {
        var rate = rate();
        if (rate.isEmpty()) {
            return Optional.empty();
        }
        double seconds = Math.max(0, total - samples.getLast().done()) / rate.getAsDouble();
        return Optional.of(Duration.ofMillis((long) Math.min(1e12, 1000 * seconds)));
    }
}
