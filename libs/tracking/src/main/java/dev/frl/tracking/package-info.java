/** Writes what happens to runs where people look for it: into MLflow, or into plain files. */
@NullMarked
package dev.frl.tracking;

import org.jspecify.annotations.NullMarked;
