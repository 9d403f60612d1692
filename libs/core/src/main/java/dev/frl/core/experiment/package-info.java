/**
 * The life of an experiment: it hands out its runs, looks at how they end, and decides what follows. By the same pattern as a run:
 * inputs are decided into events, and events are replayed into the experiment's state.
 * Read by the controller, which decides, and by all that show experiments.
 */
@NullMarked
package dev.frl.core.experiment;

import org.jspecify.annotations.NullMarked;
