/** Fair Robust Learning as arithmetic and state: no I/O, no clock, no framework. */
@NullMarked
package dev.frl.core;

import org.jspecify.annotations.NullMarked;
