/**
 * What every engine owes the services, as a test suite: an engine's module extends {@link
 * dev.frl.engine.contract.RobustNetContract} in its tests.
 */
@NullMarked
package dev.frl.engine.contract;

import org.jspecify.annotations.NullMarked;
