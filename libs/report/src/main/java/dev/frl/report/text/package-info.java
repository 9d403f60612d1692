/**
 * Sentences of reports and notes: names of runs, the headline, caveats.
 * Read by the report, the MLflow record and the CLI.
 */
@NullMarked
package dev.frl.report.text;

import org.jspecify.annotations.NullMarked;
