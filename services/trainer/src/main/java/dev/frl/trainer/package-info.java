/** The trainer: takes one run at a time and trains it, epoch by epoch, as the controller answers. */
@NullMarked
package dev.frl.trainer;

import org.jspecify.annotations.NullMarked;
