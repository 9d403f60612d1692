/** Records runs in MLflow or in plain files. */
@NullMarked
package dev.frl.tracking;

import org.jspecify.annotations.NullMarked;
