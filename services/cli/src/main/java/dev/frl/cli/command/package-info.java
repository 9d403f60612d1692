/** The commands, one class each. */
@NullMarked
package dev.frl.cli.command;

import org.jspecify.annotations.NullMarked;
