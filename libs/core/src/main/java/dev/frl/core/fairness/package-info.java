/**
 * The fairness policies: they compute the class weights and margins of an epoch from the errors of the epoch before.
 * Read by the controller, and by those who look for the formulas of the paper.
 */
@NullMarked
package dev.frl.core.fairness;

import org.jspecify.annotations.NullMarked;
