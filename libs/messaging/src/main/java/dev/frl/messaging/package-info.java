/**
 * Topics, their messages, and the clients that read and write them. Generated Avro classes stop here.
 * Read by the services and the CLI.
 */
@NullMarked
package dev.frl.messaging;

import org.jspecify.annotations.NullMarked;
