/**
 * Data sets of labelled images: what is known of them before their files are here, where the files are found or fetched,
 * how they are verified and read, and how they are split for an experiment.
 *
 * <p>The Gaussian mixture is drawn as a run needs it. Another data set needs an entry in {@link dev.frl.data.store.Datasets} and,
 * unless its files are in a format already read here, one
 * {@link CatalogueEntry.Format}.
 */
@NullMarked
package dev.frl.data;

import org.jspecify.annotations.NullMarked;
