/** This machine: broker and MLflow of a home, imported weights, logs. */
@NullMarked
package dev.frl.cli.local;

import org.jspecify.annotations.NullMarked;
