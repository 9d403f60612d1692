/** The commands, one class each. Read by {@code Frl} alone. */
@NullMarked
package dev.frl.cli.command;

import org.jspecify.annotations.NullMarked;
