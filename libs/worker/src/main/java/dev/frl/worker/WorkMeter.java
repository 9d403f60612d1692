package dev.frl.worker;

import dev.frl.core.run.Work;
import java.time.Duration;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/**
 * How far the work on one record is. The work tells it after each batch of images; the reporter reads it from time to time.
 * Thread-safe.
 */
public final class WorkMeter implements ImageCount {
    /** Shortest time between two reports, and before the first. */
    static final Duration INTERVAL = Duration.ofSeconds(5);

    private static final double NANOS = 1e9;

    private final LongSupplier nanos;
    private final IntConsumer images;
    private WorkItem item;
    private int done;
    private int of;
    private int doneAtReport;
    private long reportedAt;
    private boolean told;

    /**
     * A report that is due.
     *
     * @param share share of the work that is done, in [0, 1]
     * @param imagesPerSecond rate since the report before, or since the work began
     */
    record Reading(WorkItem item, double share, double imagesPerSecond) {}

    /** @param item the work with which the record begins */
    public WorkMeter(WorkItem item) {
        this(item, System::nanoTime, done -> {});
    }

    /**
     * @param nanos time in nanoseconds, from any origin; the clock of the host may be set at any time
     * @param images hears of images that were done
     */
    WorkMeter(WorkItem item, LongSupplier nanos, IntConsumer images) {
        this.images = images;
        this.nanos = nanos;
        this.item = item;
        this.reportedAt = nanos.getAsLong();
    }

    /** The next piece of the record's work begins: its next epoch. Called by the thread of the work. */
    public synchronized void begins(Work work) {
        item = new WorkItem(item.runId(), work, item.attempt(), item.trainingAttempt());
        WorkLog.begins(item);
        done = 0;
        of = 0;
        doneAtReport = 0;
        reportedAt = nanos.getAsLong();
    }

    @Override
    public synchronized void done(int images, int all) {
        this.images.accept(Math.max(0, images - done));
        done = images;
        of = all;
    }

    /** The work in progress. */
    public synchronized WorkItem item() {
        return item;
    }

    /**
     * The report that is due: the interval has passed, and some images were done since the last report. The first report is due without
     * images too: it says that somebody has taken the work.
     */
    synchronized Optional<Reading> due() {
        long now = nanos.getAsLong();
        long passed = now - reportedAt;
        boolean progressed = done > doneAtReport;
        if (passed < INTERVAL.toNanos() || (told && !progressed)) {
            return Optional.empty();
        }
        var reading = progressed
                ? new Reading(item, Math.min(1, (double) done / of), (done - doneAtReport) / (passed / NANOS))
                : new Reading(item, 0, Double.NaN);
        told = true;
        doneAtReport = done;
        reportedAt = now;
        return Optional.of(reading);
    }
}
