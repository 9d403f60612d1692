/** Training steps that engines share. Read by engine writers only. */
@NullMarked
package dev.frl.engine.kit.training;

import org.jspecify.annotations.NullMarked;
