/**
 * The life of a run: inputs are decided into events, and events are replayed into the run's state.
 * Read by the controller, which decides, and by all that show runs.
 */
@NullMarked
package dev.frl.core.run;

import org.jspecify.annotations.NullMarked;
