@NullMarked
package dev.frl.report;

import org.jspecify.annotations.NullMarked;
