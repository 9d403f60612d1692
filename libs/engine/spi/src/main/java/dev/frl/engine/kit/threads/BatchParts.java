package dev.frl.engine.kit.threads;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * The parts of a training batch, which go through the net at the same time, with synchronized batch norm between the parts
 * of one kind of images ({@link AllReduce}). TRADES has two kinds, natural and adversarial images: each is one part. A
 * single kind is cut into two parts, or is one part if it has but one sample. The cut depends on the batch alone, so numbers
 * do not depend on the number of threads.
 */
public final class BatchParts {
    private final Workers workers;
    private final int kinds;
    private final List<Integer> counts;

    /**
     * @param kinds number of kinds of images, 1 or 2
     * @param count samples of each kind
     */
    public BatchParts(Workers workers, int kinds, int count) {
        this.workers = workers;
        this.kinds = kinds;
        this.counts = kinds > 1 || count < 2 ? List.of(count) : List.of((count + 1) / 2, count / 2);
    }

    /** Number of the first part of each kind. */
    public List<Integer> firsts() {
        var firsts = new ArrayList<Integer>();
        for (int kind = 0; kind < kinds; kind++) {
            firsts.add(kind * counts.size());
        }
        return firsts;
    }

    /** Number of parts, over all kinds. */
    public int parts() {
        return kinds * counts.size();
    }

    /** Work on one part. */
    @FunctionalInterface
    public interface PartTask<T> {
        /**
         * @param number number of the part, starting at 0, kind by kind
         * @param values shape [rows, size]
         * @param rows samples in the part
         * @param rank rank of the part among the parts of its kind
         */
        T on(int number, float[] values, int rows, AllReduce.Rank rank);
    }

    /**
     * Runs part i on worker i; results come in the order of the parts.
     *
     * @param values values of each kind, shape [count, size]
     * @param size values of one sample
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
                tasks.add(allReduce.task(i, rank -> work.on(number, part, rows, rank)));
            }
        }
        return workers.all(tasks);
    }

    /** Concatenates the parts of each kind. */
    public List<float[]> joined(List<float[]> parts) {
        return firsts().stream()
                .map(first -> concatenated(parts.subList(first, first + counts.size())))
                .toList();
    }

    private static float[] concatenated(List<float[]> parts) {
        var all = new float[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (var part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}
