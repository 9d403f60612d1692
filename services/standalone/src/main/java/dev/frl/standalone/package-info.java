/** Broker and all services in one process, for {@code frl run}, {@code frl up}, tests and benchmarks. */
@NullMarked
package dev.frl.standalone;

import org.jspecify.annotations.NullMarked;
