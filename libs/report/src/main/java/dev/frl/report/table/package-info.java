/** Tables as text for the terminal, and as HTML. */
@NullMarked
package dev.frl.report.table;

import org.jspecify.annotations.NullMarked;
