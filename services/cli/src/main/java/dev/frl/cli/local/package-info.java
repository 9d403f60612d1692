/** Resources of this machine: broker and MLflow server of a home, imported weights, logs. */
@NullMarked
package dev.frl.cli.local;

import org.jspecify.annotations.NullMarked;
