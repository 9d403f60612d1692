/**
 * Between plain records and generated Avro records: a change of a schema is a change here, and nowhere else.
 * Read by the topics.
 */
@NullMarked
package dev.frl.messaging.mapping;

import org.jspecify.annotations.NullMarked;
