package dev.frl.tracking;

/**
 * One value of a metric of a run.
 *
 * @param name name that MLflow accepts
 * @param value value, never NaN: without data there is no point
 * @param step epoch; 0 for the warm start, and for metrics with a single value
 */
record MetricPoint(String name, double value, int step) {}
