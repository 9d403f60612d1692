/** What is compared: arms, seeds, errors of classes, and how far they lie apart. Read by all that shows results. */
@NullMarked
package dev.frl.report.statistics;

import org.jspecify.annotations.NullMarked;
