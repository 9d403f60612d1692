/** Files of data sets: where they come from, how they are fetched, and that they are whole. Read by those who add a source. */
@NullMarked
package dev.frl.data.file;

import org.jspecify.annotations.NullMarked;
