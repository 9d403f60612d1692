/** Counts per class, and the class errors of an evaluation that are computed from them. */
@NullMarked
package dev.frl.core.errors;

import org.jspecify.annotations.NullMarked;
