/** Seeded mutations of files and messages, and the loop that tests run them in. */
@NullMarked
package dev.frl.fuzz;

import org.jspecify.annotations.NullMarked;
