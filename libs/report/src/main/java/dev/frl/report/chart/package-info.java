/** SVG charts and HTML text. Read by the report. */
@NullMarked
package dev.frl.report.chart;

import org.jspecify.annotations.NullMarked;
