/** Runs as the CLI shows and starts them: spec files, progress, status, results. Read by the commands. */
@NullMarked
package dev.frl.cli.run;

import org.jspecify.annotations.NullMarked;
