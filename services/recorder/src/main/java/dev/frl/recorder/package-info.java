/** The recorder: reads the run log and records it, in MLflow or in files. No run waits for it. */
@NullMarked
package dev.frl.recorder;

import org.jspecify.annotations.NullMarked;
