/** Output: tables, bars, live lines, JSON. Independent of runs. */
@NullMarked
package dev.frl.cli.terminal;

import org.jspecify.annotations.NullMarked;
