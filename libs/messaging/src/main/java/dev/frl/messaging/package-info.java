/** Topics, their messages, and the clients that read and write them. Generated Avro classes stop here. */
@NullMarked
package dev.frl.messaging;

import org.jspecify.annotations.NullMarked;
