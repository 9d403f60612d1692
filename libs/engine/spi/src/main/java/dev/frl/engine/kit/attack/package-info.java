/** Attack steps that engines share. Read by engine writers only; services use {@link dev.frl.engine.RobustNet}. */
@NullMarked
package dev.frl.engine.kit.attack;

import org.jspecify.annotations.NullMarked;
