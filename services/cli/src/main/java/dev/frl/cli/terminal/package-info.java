/** Output: tables, bars, live lines, JSON. Independent of runs. Read by all packages of the CLI. */
@NullMarked
package dev.frl.cli.terminal;

import org.jspecify.annotations.NullMarked;
