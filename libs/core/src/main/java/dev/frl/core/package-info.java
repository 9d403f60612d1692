/** Fair Robust Learning as arithmetic and state: no I/O, no clock, no framework. Read by all modules. */
@NullMarked
package dev.frl.core;

import org.jspecify.annotations.NullMarked;
