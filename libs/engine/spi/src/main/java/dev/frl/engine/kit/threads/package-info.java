/** Threads of a net, and the all-reduce of synchronized batch norm. Read by engine writers only. */
@NullMarked
package dev.frl.engine.kit.threads;

import org.jspecify.annotations.NullMarked;
