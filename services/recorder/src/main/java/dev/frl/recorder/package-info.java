/**
 * The recorder: reads the run log and records it, in MLflow or in files. No run waits for it.
 * Read by its main class and the standalone mode.
 */
@NullMarked
package dev.frl.recorder;

import org.jspecify.annotations.NullMarked;
