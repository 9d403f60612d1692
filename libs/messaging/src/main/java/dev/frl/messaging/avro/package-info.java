/** Avro's single-object encoding, read with bounds. */
@NullMarked
package dev.frl.messaging.avro;

import org.jspecify.annotations.NullMarked;
