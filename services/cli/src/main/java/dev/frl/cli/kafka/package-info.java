/**
 * Implements {@link dev.frl.cli.context.Connections} with Kafka clients and the embedded broker.
 * Read by {@code FrlMain} alone.
 */
@NullMarked
package dev.frl.cli.kafka;

import org.jspecify.annotations.NullMarked;
