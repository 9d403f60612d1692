/**
 * The engine {@code torch}: nets on libtorch, through JavaCPP, on the CPU, or on the GPU with the build for CUDA. For
 * maintainers of this engine; services find it by its name.
 *
 * <p>Attacks, which take nearly all the time, have a net of their own ({@link dev.frl.engine.torch.FrozenNet}): batch norm is
 * folded into the convolution before it, if there is one, the only gradient is that with respect to the images, and there is no
 * autograd. Native operations stay on the calling thread, and work is divided among Java threads instead. There are two reasons
 * against libtorch's own threads. They spin while they wait: on two busy cores the same rounds took 2 to 4 times the processor
 * time with them (2026-11: cnn-small 12.7 to 14.4 s against 3.6 to 4.0 s, cnn-bn 15.2 to 18.2 s against 6.9 to 7.1 s). And sums
 * over several threads depend on the number of threads.
 *
 * <p>All memory that libtorch allocates is in a {@code PointerScope} that ends with the batch, or has an owner that is closed.
 */
@NullMarked
package dev.frl.engine.torch;

import org.jspecify.annotations.NullMarked;
