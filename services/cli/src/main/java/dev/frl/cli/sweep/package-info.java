/**
 * Points of a sweep, with means and intervals over their seeds, as tables, CSV and JSON.
 * Read by the commands.
 */
@NullMarked
package dev.frl.cli.sweep;

import org.jspecify.annotations.NullMarked;
