/** Losses of training, and the passes of a batch around them, that engines share. For authors of engines. */
@NullMarked
package dev.frl.engine.kit.training;

import org.jspecify.annotations.NullMarked;
