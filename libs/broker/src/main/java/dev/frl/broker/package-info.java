/**
 * An embedded Kafka broker, for single machines and for tests.
 * Read by the CLI, tests and benchmarks; no other service has a broker on its class path.
 */
@NullMarked
package dev.frl.broker;

import org.jspecify.annotations.NullMarked;
