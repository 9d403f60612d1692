/**
 * What a run leaves behind after each epoch: weights as safetensors files that PyTorch reads too, written so that a crash
 * never leaves half a checkpoint, and verified by SHA-256 before use. No Java object is ever deserialized.
 */
@NullMarked
package dev.frl.checkpoint;

import org.jspecify.annotations.NullMarked;
