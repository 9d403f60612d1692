/**
 * The {@code frl} command. Results go to stdout, progress and errors to stderr. Commands reach process, terminal, clock and
 * Kafka only through {@link dev.frl.cli.context.CliContext}, so tests run them without a process, a terminal or a broker.
 * Read by its main class.
 */
@NullMarked
package dev.frl.cli;

import org.jspecify.annotations.NullMarked;
