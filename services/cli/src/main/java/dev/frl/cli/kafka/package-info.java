/** Implements {@link dev.frl.cli.context.Connections} with Kafka clients and the embedded broker. */
@NullMarked
package dev.frl.cli.kafka;

import org.jspecify.annotations.NullMarked;
