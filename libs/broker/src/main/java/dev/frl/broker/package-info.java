/** A Kafka broker in this process, for one machine and for tests. */
@NullMarked
package dev.frl.broker;

import org.jspecify.annotations.NullMarked;
