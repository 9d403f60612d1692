/** Counts per class, and the errors of an epoch computed from them. */
@NullMarked
package dev.frl.core.errors;

import org.jspecify.annotations.NullMarked;
