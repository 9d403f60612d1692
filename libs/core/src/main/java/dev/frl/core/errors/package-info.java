/**
 * Counts per class, and the class errors of an evaluation that are computed from them.
 * Read by all modules that count or show errors.
 */
@NullMarked
package dev.frl.core.errors;

import org.jspecify.annotations.NullMarked;
