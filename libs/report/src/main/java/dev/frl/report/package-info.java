/** What people are shown about runs, computed from their histories and nothing else. Read by the CLI and the recorder. */
@NullMarked
package dev.frl.report;

import org.jspecify.annotations.NullMarked;
