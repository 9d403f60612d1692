/** SVG charts and the HTML they stand in. */
@NullMarked
package dev.frl.report.chart;

import org.jspecify.annotations.NullMarked;
