package dev.frl.engine.kit.threads;

import java.util.concurrent.Callable;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * All-reduce for synchronized batch norm: adds up the sums of all parts of a batch, and gives each part the total. A part is
 * a task of {@link Workers}; while it waits for the others, it releases its permit to work. The summands are added in the
 * order of the parts, so the total does not depend on which part comes first.
 */
public final class AllReduce {
    private final double[][] summands;
    private final Semaphore permits;
    private final Phaser parts;
    private double[] sum = {};

    /** @param permits to work, of which each part's task holds one */
    AllReduce(int parts, Semaphore permits) {
        this.summands = new double[parts][];
        this.permits = permits;
        this.parts = new Phaser(parts) {
            @Override
            protected boolean onAdvance(int phase, int present) {
                if (present < summands.length) {
                    return true; // a part has ended without a summand, so the sum would never be complete
                }
                sum = add(summands);
                return false;
            }
        };
    }

    private static double[] add(double[][] summands) {
        var sum = summands[0].clone();
        for (int i = 1; i < summands.length; i++) {
            for (int k = 0; k < sum.length; k++) {
                sum[k] += summands[i][k];
            }
        }
        return sum;
    }

    /** One part's access to the all-reduce of synchronized batch norm. Only that part uses it. */
    @FunctionalInterface
    public interface Rank {
        /** Rank of a part that is the whole batch: its sums are the total. */
        Rank ALONE = own -> own;

        /**
         * Waits until all parts have given their summands. Every part calls this equally often, each time with arrays of equal
         * length.
         *
         * @return the sum over the parts, element by element; callers do not change it
         * @throws RuntimeException if another part has failed
         */
        double[] sum(double[] own);
    }

    /** Task for one part. If it fails, the other parts fail at their next sum. */
    <T> Callable<T> task(int part, Function<Rank, T> work) {
        return () -> {
            try {
                var result = work.apply(summands.length == 1 ? Rank.ALONE : own -> sum(part, own));
                parts.arriveAndDeregister();
                return result;
            } catch (RuntimeException | Error e) {
                parts.forceTermination();
                throw e;
            }
        };
    }

    private double[] sum(int part, double[] own) {
        summands[part] = own;
        permits.release();
        try {
            parts.arriveAndAwaitAdvance();
        } finally {
            permits.acquireUninterruptibly();
        }
        if (parts.isTerminated()) {
            throw new Abandoned();
        }
        return sum;
    }

    /** Failure of a part that waited for a part that ended. {@link Workers} throws the other part's failure instead of it. */
    static final class Abandoned extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        private Abandoned() {
            super("another part of the batch has ended");
        }
    }
}
