/** Avro's single-object encoding, read with bounds. */
@NullMarked
package dev.frl.messaging.codec;

import org.jspecify.annotations.NullMarked;
