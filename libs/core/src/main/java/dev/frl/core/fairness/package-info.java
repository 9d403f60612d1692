/** The fairness policies: from the errors of one epoch to class weights and margins for the next. */
@NullMarked
package dev.frl.core.fairness;

import org.jspecify.annotations.NullMarked;
