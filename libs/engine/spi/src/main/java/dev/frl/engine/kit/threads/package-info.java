/** Threads of a net, and the all-reduce of synchronized batch norm. For authors of engines. */
@NullMarked
package dev.frl.engine.kit.threads;

import org.jspecify.annotations.NullMarked;
