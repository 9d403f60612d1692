/**
 * Nets on libtorch, through JavaCPP: on the CPU, or on the GPU with the build for CUDA.
 *
 * <p>Attacks, where nearly all the time goes, run through a net of their own ({@link dev.frl.engine.torch.FrozenNet}): batch
 * norm folded into the convolutions where one stands before it, no gradient but the image's, no autograd. Native operations
 * stay on the thread that asks for them, and work is spread over Java threads instead. libtorch's own threads wait by
 * spinning: on two busy cores the same rounds took 2 to 4 times the processor time with them (2026-11: cnn-small 12.7 to
 * 14.4 s against 3.6 to 4.0, cnn-bn 15.2 to 18.2 against 6.9 to 7.1), and sums that threads share depend on how many they
 * are.
 *
 * <p>Whatever libtorch allocates lives in a {@code PointerScope} that ends with the batch, or has an owner that is closed.
 */
@NullMarked
package dev.frl.engine.torch;

import org.jspecify.annotations.NullMarked;
