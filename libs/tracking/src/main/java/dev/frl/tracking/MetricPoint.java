package dev.frl.tracking;

/**
 * One number of one run.
 *
 * @param name as MLflow accepts it
 * @param value never NaN: no data is no point
 * @param step epoch; 0 is the warm start, and the step of what is known once
 */
public record MetricPoint(String name, double value, int step) {}
