/**
 * Steps, starting points and losses of attacks that engines share. For authors of engines; services use {@link
 * dev.frl.engine.RobustNet}.
 */
@NullMarked
package dev.frl.engine.kit.attack;

import org.jspecify.annotations.NullMarked;
