/**
 * An engine in plain loops, slow on purpose, which a reader can check. The contract suite compares the fast engines with it, so
 * it shares no computation with them. For authors of engines, and for tests of services. Sums are in double precision; weights
 * are stored in single precision, as in every engine.
 */
@NullMarked
package dev.frl.engine.reference;

import org.jspecify.annotations.NullMarked;
