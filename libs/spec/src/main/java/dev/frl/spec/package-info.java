/**
 * Reads experiment specs, reports everything that is wrong with a spec at once, and plans its runs. For the services and the
 * command line: {@link dev.frl.spec.SpecReader} reads, {@link dev.frl.spec.CanonicalSpec} is the text of one run's settings. The
 * packages below are used by this one only.
 */
@NullMarked
package dev.frl.spec;

import org.jspecify.annotations.NullMarked;
