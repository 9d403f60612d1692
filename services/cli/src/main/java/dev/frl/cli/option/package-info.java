/** Groups of options that several commands share. Read by the commands. */
@NullMarked
package dev.frl.cli.option;

import org.jspecify.annotations.NullMarked;
