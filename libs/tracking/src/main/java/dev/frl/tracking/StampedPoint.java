package dev.frl.tracking;

/**
 * A metric point with its time.
 *
 * @param at milliseconds since the epoch of Unix: the time of an event, so that a repeat adds nothing
 */
record StampedPoint(MetricPoint point, long at) {}
