/**
 * The trainer: takes one run at a time and trains it, epoch by epoch, with the fairness updates of the controller.
 * Read by its main class and the standalone mode.
 */
@NullMarked
package dev.frl.trainer;

import org.jspecify.annotations.NullMarked;
