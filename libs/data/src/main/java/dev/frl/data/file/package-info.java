/**
 * Files of data sets: their sources, downloads and checksums. A new kind of source goes here.
 * Read by those who add a source.
 */
@NullMarked
package dev.frl.data.file;

import org.jspecify.annotations.NullMarked;
