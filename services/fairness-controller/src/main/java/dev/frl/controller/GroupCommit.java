package dev.frl.controller;

import java.time.Duration;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.jspecify.annotations.Nullable;

/**
 * When a processor asks Streams to commit. Decisions share a transaction, which costs the brokers some twenty requests: with the 100 ms
 * of {@link #LONGEST}, twice the results pass that pass with 30 ms, and those who wait are told sooner, since less work is in front of
 * them.
 */
final class GroupCommit {
    /** Longest time before a commit, kept by Streams. */
    static final Duration LONGEST = Duration.ofMillis(100);

    /** A processor that is not busy commits this often what somebody waits for, and at once after a pause. */
    static final Duration QUIET = Duration.ofMillis(30);

    /** More messages than this between two commits make a processor busy. */
    private static final int BUSY = 100;

    private final ProcessorContext<?, ?> context;
    private long lastCommitMillis;
    private int inputsSinceCommit;
    private @Nullable Cancellable planned;

    GroupCommit(ProcessorContext<?, ?> context) {
        this.context = context;
    }

    /** A message came in. */
    void input() {
        inputsSinceCommit++;
    }

    /** Somebody waits for what was decided. It is committed at once, or soon; where the processor is busy, with the next group. */
    void soon() {
        long since = context.currentSystemTimeMs() - lastCommitMillis;
        boolean busy = inputsSinceCommit > BUSY;
        if (since >= LONGEST.toMillis() || since >= QUIET.toMillis() && !busy) {
            commit();
        } else if (planned == null && !busy) {
            planned = context.schedule(QUIET, PunctuationType.WALL_CLOCK_TIME, timestamp -> isDue());
        }
    }

    private void isDue() {
        if (inputsSinceCommit <= BUSY) {
            commit();
        } else {
            forgetPlanned();
        }
    }

    private void commit() {
        lastCommitMillis = context.currentSystemTimeMs();
        inputsSinceCommit = 0;
        forgetPlanned();
        context.commit();
    }

    private void forgetPlanned() {
        if (planned != null) {
            planned.cancel();
            planned = null;
        }
    }
}
