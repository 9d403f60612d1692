/** Resources of this machine: broker and MLflow server of a home, imported weights, logs. Read by the commands. */
@NullMarked
package dev.frl.cli.local;

import org.jspecify.annotations.NullMarked;
