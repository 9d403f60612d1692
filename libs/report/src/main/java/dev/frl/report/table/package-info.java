/** Tables as text for the terminal, and as HTML. Read by the report and the CLI. */
@NullMarked
package dev.frl.report.table;

import org.jspecify.annotations.NullMarked;
