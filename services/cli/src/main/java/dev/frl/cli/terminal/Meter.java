package dev.frl.cli.terminal;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.OptionalDouble;

/** How fast something goes lately, and when it will be done. What was done before the first look does not count as speed. */
public final class Meter {
    private final Duration window;
    private final Duration settled;
    private final ArrayDeque<Look> looks = new ArrayDeque<>();

    private record Look(Instant at, double done) {}

    /**
     * @param window how far back "lately" goes
     * @param settled how long to look before saying anything
     */
    public Meter(Duration window, Duration settled) {
        this.window = window;
        this.settled = settled;
    }

    public void look(Instant at, double done) {
        looks.addLast(new Look(at, done));
        // One look before the window stays, so that the window is covered.
        while (looks.size() > 2 && Duration.between(second().at(), at).compareTo(window) >= 0) {
            looks.removeFirst();
        }
    }

    private Look second() {
        var all = looks.iterator();
        all.next();
        return all.next();
    }

    /** Done per second; empty until enough was seen. */
    public OptionalDouble rate() {
        if (looks.size() < 2) {
            return OptionalDouble.empty();
        }
        Look first = looks.getFirst();
        Look last = looks.getLast();
        Duration between = Duration.between(first.at(), last.at());
        double done = last.done() - first.done();
        return between.compareTo(settled) < 0 || done <= 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(done * 1e9 / between.toNanos());
    }

    /** At this rate; empty while there is none. */
    public Optional<Duration> left(double total) {
        var rate = rate();
        if (rate.isEmpty()) {
            return Optional.empty();
        }
        double seconds = Math.max(0, total - looks.getLast().done()) / rate.getAsDouble();
        return Optional.of(Duration.ofMillis((long) Math.min(1e12, 1000 * seconds)));
    }
}
