/** Descriptions of the processor or GPU that computes. For authors of engines. */
@NullMarked
package dev.frl.engine.kit.machine;

import org.jspecify.annotations.NullMarked;
