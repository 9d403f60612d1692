/** What commands see of the process, the machine and Kafka, and how they end. Everything else in the CLI stands on it. */
@NullMarked
package dev.frl.cli.context;

import org.jspecify.annotations.NullMarked;
