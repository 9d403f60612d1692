/** One class a command. */
@NullMarked
package dev.frl.cli.command;

import org.jspecify.annotations.NullMarked;
