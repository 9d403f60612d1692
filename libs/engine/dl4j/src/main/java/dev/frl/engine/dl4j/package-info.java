/**
 * The engine {@code dl4j}: nets on DeepLearning4J and ND4J, on the CPU with oneDNN. For maintainers of this engine; services
 * find it by its name.
 *
 * <p>A net has two implementations. Training runs DL4J ComputationGraphs. Attacks, which take nearly all the time, run the same
 * weights through plain ND4J convolutions ({@link dev.frl.engine.dl4j.frozen.FrozenNet}): batch norm is folded in, there are no
 * gradients with respect to weights, and buffers are reused. Both keep native operations on one thread and use one Java thread
 * per core instead, because on operations of this size OpenMP's barriers cost more time than they save (measured 2026-11: a
 * product of 128x1568x100 takes 0.7 ms on one thread, 3 to 11 ms on two threads of a busy machine).
 */
@NullMarked
package dev.frl.engine.dl4j;

import org.jspecify.annotations.NullMarked;
