/** What people are shown about runs, computed from their histories and nothing else. */
@NullMarked
package dev.frl.report;

import org.jspecify.annotations.NullMarked;
