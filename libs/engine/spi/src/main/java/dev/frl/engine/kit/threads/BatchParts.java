package dev.frl.engine.kit.threads;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * How a batch is trained on two threads. The natural and the adversarial images of TRADES go through the net as two batches; one
 * kind of images goes in two halves, or whole where there is but one sample. It goes by the batch alone, so that numbers do not
 * depend on threads. The parts of one kind have a {@link AllReduce}.
 */
public final class BatchParts {
    private final Workers workers;
    private final int kinds;
    private final List<Integer> counts;

    /**
     * @param kinds of images, 1 or 2
     * @param count samples of each kind
     */
    public BatchParts(Workers workers, int kinds, int count) {
        this.workers = workers;
        this.kinds = kinds;
        this.counts = kinds > 1 || count < 2 ? List.of(count) : List.of((count + 1) / 2, count / 2);
    }

    /** Numbers of the first part of each kind. */
    public List<Integer> firsts() {
        var firsts = new ArrayList<Integer>();
        for (int kind = 0; kind < kinds; kind++) {
            firsts.add(kind * counts.size());
        }
        return firsts;
    }

    /** How many parts there are, of all kinds. */
    public int parts() {
        return kinds * counts.size();
    }

    /** What is done with a part. */
    @FunctionalInterface
    public interface PartTask<T> {
        /**
         * @param number of the part, from 0, kind by kind
         * @param values shape [rows, size]
         * @param rows samples of the part
         * @param rank among the parts of its kind
         */
        T on(int number, float[] values, int rows, AllReduce.Rank rank);
    }

    /**
     * Part i on worker i; results in the order of parts.
     *
     * @param values of each kind, shape [count, size]
     * @param size numbers of a sample
     */
    public <T> List<T> all(List<float[]> values, int size, PartTask<T> work) {
        var tasks = new ArrayList<Callable<T>>();
        for (var kind : values) {
            var allReduce = workers.allReduce(counts.size());
            int at = 0;
            for (int i = 0; i < counts.size(); i++) {
                int number = tasks.size();
                int rows = counts.get(i);
                var part = Arrays.copyOfRange(kind, at, at + rows * size);
                at += part.length;
                tasks.add(allReduce.attended(i, rank -> work.on(number, part, rows, rank)));
            }
        }
        return workers.all(tasks);
    }

    /** Of each kind, its parts one after the other. */
    public List<float[]> joined(List<float[]> parts) {
        return firsts().stream()
                .map(first -> joinedParts(parts.subList(first, first + counts.size())))
                .toList();
    }

    private static float[] joinedParts(List<float[]> parts) {
        var all = new float[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (var part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}
