package dev.frl.cli.context;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whether the user wants the command to end. */
public interface Interrupt {
    boolean requested();

    /** Is never requested. */
    Interrupt NEVER = () -> false;

    /** Requested by Ctrl-C or SIGTERM. The process exits when the command has ended, after {@code AT_MOST_SECONDS} in any case. */
    final class Signals implements Interrupt {
        private static final long AT_MOST_SECONDS = 60;
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile boolean requested;

        /** @param process its shutdown hooks run on these signals */
        public static Signals of(Runtime process) {
            var signals = new Signals();
            process.addShutdownHook(new Thread(signals::received, "interrupt"));
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

        /** Tells that the command has ended, so that the process can exit. */
        public void ended() {
            ended.countDown();
        }

        @Override
        public boolean requested() {
            return requested;
        }
    }
}
