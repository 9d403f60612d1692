/**
 * Nets on libtorch, through JavaCPP, on the CPU.
 *
 * <p>Attacks, where nearly all the time goes, run through a net of their own ({@link dev.frl.engine.torch.FrozenNet}): batch
 * norm folded into the convolutions, no gradient but the image's. Native operations stay on the thread that asks for them,
 * and work is spread over Java threads instead: libtorch's own threads add up in an order that depends on how many they are,
 * and then so would the result.
 *
 * <p>Whatever libtorch allocates lives in a {@code PointerScope} that ends with the batch, or has an owner that is closed.
 */
@NullMarked
package dev.frl.engine.torch;

import org.jspecify.annotations.NullMarked;
