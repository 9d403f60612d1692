/** The Gaussian mixture in which the paper's claims have closed forms. Read by tests. */
@NullMarked
package dev.frl.core.theory;

import org.jspecify.annotations.NullMarked;
