/** Reads experiment specs, says everything that is wrong with one at once, and plans its runs. */
@NullMarked
package dev.frl.spec;

import org.jspecify.annotations.NullMarked;
