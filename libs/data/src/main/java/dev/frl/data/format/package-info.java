/** Readers of published formats. Each checks all sizes before it allocates. A new format goes here. */
@NullMarked
package dev.frl.data.format;

import org.jspecify.annotations.NullMarked;
