/**
 * Commands that order something of runs and experiments: stop, kill, pause, resume, retry, extend.
 * Read by the top-level command.
 */
@NullMarked
package dev.frl.cli.order;

import org.jspecify.annotations.NullMarked;
