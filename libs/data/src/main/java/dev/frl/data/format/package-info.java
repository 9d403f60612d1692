/** Readers of published formats; each checks all sizes before it allocates. Read by those who add a data set. */
@NullMarked
package dev.frl.data.format;

import org.jspecify.annotations.NullMarked;
