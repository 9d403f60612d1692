package dev.frl.engine.kit.threads;

import java.util.concurrent.Callable;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * Where the parts of a batch add up what each has found in its own, as batch norm needs it. A part is a task of {@link
 * Workers}; whoever waits for the others leaves its turn to work to somebody else. Sums are of the parts in their order, so
 * that they do not depend on who comes first.
 */
public final class AllReduce {
    private final double[][] brought;
    private final Semaphore turns;
    private final Phaser parts;
    private double[] sum = {};

    /** Of as many parts, in tasks that run in turns. */
    AllReduce(int parts, Semaphore turns) {
        this.brought = new double[parts][];
        this.turns = turns;
        this.parts = new Phaser(parts) {
            @Override
            protected boolean onAdvance(int phase, int present) {
                if (present < brought.length) {
                    return true; // one has ended without a word, and the others cannot go on
                }
                sum = add(brought);
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

    /** A part's place, for the part alone. */
    @FunctionalInterface
    public interface Rank {
        /** Of a part that is the whole. */
        Rank ALONE = own -> own;

        /**
         * Waits until all parts have said theirs. Every part asks as often as the others, with as many numbers.
         *
         * @return the sum of all parts' numbers, place by place; not to be changed
         * @throws RuntimeException if another part has failed
         */
        double[] sum(double[] own);
    }

    /** A task in one part. If it fails, the others fail at their next sum. */
    public <T> Callable<T> attended(int part, Function<Rank, T> task) {
        return () -> {
            try {
                var result = task.apply(brought.length == 1 ? Rank.ALONE : own -> sum(part, own));
                parts.arriveAndDeregister();
                return result;
            } catch (RuntimeException | Error e) {
                parts.forceTermination();
                throw e;
            }
        };
    }

    private double[] sum(int part, double[] own) {
        brought[part] = own;
        turns.release();
        try {
            parts.arriveAndAwaitAdvance();
        } finally {
            turns.acquireUninterruptibly();
        }
        if (parts.isTerminated()) {
            throw new Abandoned();
        }
        return sum;
    }

    /** Why a part fails that waited for one that had failed; not what anybody wants to read. */
    static final class Abandoned extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        private Abandoned() {
            super("another part of the batch has ended");
        }
    }
}
