/** The numbers of a comparison: arms, seeds, class errors, and differences from the control. */
@NullMarked
package dev.frl.report.statistics;

import org.jspecify.annotations.NullMarked;
