package dev.frl.cli.context;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whether the user wants the command to end. */
public interface Interrupt {
    boolean requested();

    /** Never. */
    Interrupt NEVER = () -> false;

    /** Ctrl-C and SIGTERM. The process ends when the command has, or does not within its time. */
    final class Signals implements Interrupt {
        private static final long AT_MOST_SECONDS = 60;
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile boolean requested;

        /** @param process whose shutdown begins with these signals */
        public static Signals of(Runtime process) {
            var signals = new Signals();
            process.addShutdownHook(new Thread(signals::received, "stop"));
            return signals;
        }

        private void received() {
            requested = true;
            try {
                ended.await(AT_MOST_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** The command has ended, so the process may. */
        public void ended() {
            ended.countDown();
        }

        @Override
        public boolean requested() {
            return requested;
        }
    }
}
