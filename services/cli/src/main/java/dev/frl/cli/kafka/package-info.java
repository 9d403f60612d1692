/** Real brokers behind the interfaces of {@link dev.frl.cli.context}. */
@NullMarked
package dev.frl.cli.kafka;

import org.jspecify.annotations.NullMarked;
