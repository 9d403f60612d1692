/**
 * Failures of work: what may help, and how many there were in a row.
 */
@NullMarked
package dev.frl.core.failure;

import org.jspecify.annotations.NullMarked;
