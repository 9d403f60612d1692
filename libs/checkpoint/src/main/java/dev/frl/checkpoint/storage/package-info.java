/**
 * What checkpoints need of an object store. Its adapters are modules of their own, found by the scheme of a URI.
 * Read by the authors of adapters.
 */
@NullMarked
package dev.frl.checkpoint.storage;

import org.jspecify.annotations.NullMarked;
