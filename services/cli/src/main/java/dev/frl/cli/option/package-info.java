/** Groups of options that several commands share. */
@NullMarked
package dev.frl.cli.option;

import org.jspecify.annotations.NullMarked;
