/** Records runs in MLflow or in plain files. Read by the recorder. */
@NullMarked
package dev.frl.tracking;

import org.jspecify.annotations.NullMarked;
