/**
 * Data sets of labelled images: their catalogue entries, their images, and the split of an experiment. Subpackages find,
 * download, verify and read the files.
 *
 * <p>A new data set needs an entry in {@link dev.frl.data.store.Datasets} and, if none of the existing formats fits, a
 * {@link CatalogueEntry.Format}.
 * Read by trainer and attacker.
 */
@NullMarked
package dev.frl.data;

import org.jspecify.annotations.NullMarked;
