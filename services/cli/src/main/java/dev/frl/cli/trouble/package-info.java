/**
 * Commands for when something does not go on: what a run waits for, and messages that could not be handled.
 */
@NullMarked
package dev.frl.cli.trouble;

import org.jspecify.annotations.NullMarked;
