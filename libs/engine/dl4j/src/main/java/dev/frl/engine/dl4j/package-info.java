/**
 * Nets on DeepLearning4J and ND4J, on the CPU with oneDNN.
 *
 * <p>Two ways through a net. Training runs DL4J ComputationGraphs. Attacks, where nearly all the time goes, run the same
 * weights through plain ND4J convolutions ({@link dev.frl.engine.dl4j.frozen.FrozenNet}): batch norm folded in, no gradient of
 * weights, buffers kept. Both keep native operations on one thread and use a Java thread a core instead: OpenMP's barriers
 * cost more than they give on operations of this size (engine measurements, 2026-11: a 128x1568x100 product 0.7 ms on one
 * thread, 3 to 11 ms on two of a busy machine).
 */
@NullMarked
package dev.frl.engine.dl4j;

import org.jspecify.annotations.NullMarked;
