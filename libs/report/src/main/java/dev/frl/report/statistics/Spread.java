package dev.frl.report.statistics;

import java.util.stream.DoubleStream;

/**
 * Mean, range and standard deviation of one number over the seeds.
 *
 * @param mean mean over the seeds; NaN if there is no value
 * @param min smallest value
 * @param max largest value
 * @param deviation sample standard deviation (n − 1); 0 for a single seed
 * @param count number of values
 */
public record Spread(double mean, double min, double max, double deviation, int count) {
    public static final Spread NONE = new Spread(Double.NaN, Double.NaN, Double.NaN, Double.NaN, 0);

    /** NaN means no data and is left out. */
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
