/** Nets as plain data: architectures, layers and named tensors in PyTorch's names and layouts. Read by whoever opens or stores a net. */
@NullMarked
package dev.frl.engine.net;

import org.jspecify.annotations.NullMarked;
