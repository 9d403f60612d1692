/** The fairness policies: they compute the class weights and margins of an epoch from the errors of the epoch before. */
@NullMarked
package dev.frl.core.fairness;

import org.jspecify.annotations.NullMarked;
