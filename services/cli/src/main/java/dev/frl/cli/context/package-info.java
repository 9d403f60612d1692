/** A command's access to process, machine and Kafka, its errors and its exit codes. All other packages of the CLI use it. */
@NullMarked
package dev.frl.cli.context;

import org.jspecify.annotations.NullMarked;
