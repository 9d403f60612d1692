/**
 * The {@code frl} command. What it found goes to stdout, what it is doing to stderr. Commands see the world only through
 * {@link dev.frl.cli.context.CliContext}, so tests run them without a process, a terminal or a broker.
 */
@NullMarked
package dev.frl.cli;

import org.jspecify.annotations.NullMarked;
