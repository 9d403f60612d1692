/** Messages that are neither an input nor an output of a run. */
@NullMarked
package dev.frl.messaging.message;

import org.jspecify.annotations.NullMarked;
