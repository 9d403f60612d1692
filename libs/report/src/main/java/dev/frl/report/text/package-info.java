/** Sentences of reports and notes: names of runs, the headline, caveats. */
@NullMarked
package dev.frl.report.text;

import org.jspecify.annotations.NullMarked;
