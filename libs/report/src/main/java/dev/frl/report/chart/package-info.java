/** SVG charts and HTML text. */
@NullMarked
package dev.frl.report.chart;

import org.jspecify.annotations.NullMarked;
