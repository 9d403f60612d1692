package dev.frl.report.statistics;

import java.util.stream.DoubleStream;

/**
 * One number measured once per seed.
 *
 * @param mean over the seeds; NaN if there is none
 * @param min smallest
 * @param max largest
 * @param deviation sample standard deviation (n − 1); 0 for a single seed
 * @param count seeds that have the number
 */
public record Spread(double mean, double min, double max, double deviation, int count) {
    public static final Spread NONE = new Spread(Double.NaN, Double.NaN, Double.NaN, Double.NaN, 0);

    /** NaN is no data, and is left out. */
    public static Spread of(DoubleStream values) {
        double[] v = values.filter(x -> !Double.isNaN(x)).toArray();
        if (v.length == 0) {
            return NONE;
        }
        var statistics = DoubleStream.of(v).summaryStatistics();
        double mean = statistics.getAverage();
        double squares = DoubleStream.of(v).map(x -> (x - mean) * (x - mean)).sum();
        double deviation = v.length == 1 ? 0 : Math.sqrt(squares / (v.length - 1));
        return new Spread(mean, statistics.getMin(), statistics.getMax(), deviation, v.length);
    }
}
