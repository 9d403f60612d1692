/**
 * The numbers of a comparison: arms, seeds, class errors, and differences from the control.
 * Read by all packages of the report, and by the MLflow record.
 */
@NullMarked
package dev.frl.report.statistics;

import org.jspecify.annotations.NullMarked;
