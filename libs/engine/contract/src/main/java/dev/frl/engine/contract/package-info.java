/**
 * The contract between engines and services, as a test suite. For authors of engines: an engine's module extends {@link
 * dev.frl.engine.contract.RobustNetContract} in its tests.
 */
@NullMarked
package dev.frl.engine.contract;

import org.jspecify.annotations.NullMarked;
