package dev.frl.recorder;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The clock of the recorder; tests replace it, so that they need not wait. */
interface Pauses {
    /** Real time. */
    Pauses REAL = new Pauses() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public boolean pause(Duration pause, CountDownLatch closing) throws InterruptedException {
            return closing.await(pause.toMillis(), TimeUnit.MILLISECONDS);
        }
    };

    /** Elapsed time, as of {@link System#nanoTime}. */
    long nanoTime();

    /**
     * Waits.
     *
     * @param closing ends the pause early
     * @return whether the service closes
     */
    boolean pause(Duration pause, CountDownLatch closing) throws InterruptedException;
}
