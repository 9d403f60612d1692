/** Fair Robust Learning as arithmetic and state. */
@NullMarked
package dev.frl.core;

import org.jspecify.annotations.NullMarked;
