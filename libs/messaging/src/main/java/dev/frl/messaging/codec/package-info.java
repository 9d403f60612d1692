/** Encoding of messages: Avro's single-object encoding and JSON, decoded with limits. Read by the topics. */
@NullMarked
package dev.frl.messaging.codec;

import org.jspecify.annotations.NullMarked;
