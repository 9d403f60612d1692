/** Drawing: tables, bars, live lines, JSON for scripts. Knows nothing of runs. */
@NullMarked
package dev.frl.cli.terminal;

import org.jspecify.annotations.NullMarked;
