/**
 * An engine in plain loops, slow on purpose: what a reader can check, and what the fast engines are compared with. Sums
 * are in double precision, weights are stored in single precision as everywhere.
 */
@NullMarked
package dev.frl.engine.reference;

import org.jspecify.annotations.NullMarked;
