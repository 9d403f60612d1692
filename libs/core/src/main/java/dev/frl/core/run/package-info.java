/** The life of a run: inputs are decided into events, and events are replayed into the run's state. */
@NullMarked
package dev.frl.core.run;

import org.jspecify.annotations.NullMarked;
