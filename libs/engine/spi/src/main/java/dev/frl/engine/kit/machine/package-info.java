/** Descriptions of the processor or GPU that computes. Read by engine writers only. */
@NullMarked
package dev.frl.engine.kit.machine;

import org.jspecify.annotations.NullMarked;
