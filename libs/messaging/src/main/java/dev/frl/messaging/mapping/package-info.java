/** Between plain records and generated Avro records: a change of a schema is a change here, and nowhere else. */
@NullMarked
package dev.frl.messaging.mapping;

import org.jspecify.annotations.NullMarked;
