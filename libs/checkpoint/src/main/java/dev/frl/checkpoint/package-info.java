/**
 * Checkpoints: after each epoch, weights as safetensors files that PyTorch reads too. A crash never leaves half a checkpoint, and
 * every file is verified by its SHA-256 before use. No Java object is ever deserialized.
 * Read by the trainer, which writes them, by the attacker and the CLI, which read them.
 */
@NullMarked
package dev.frl.checkpoint;

import org.jspecify.annotations.NullMarked;
