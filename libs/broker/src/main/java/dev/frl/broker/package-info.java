/** An embedded Kafka broker, for single machines and for tests. */
@NullMarked
package dev.frl.broker;

import org.jspecify.annotations.NullMarked;
