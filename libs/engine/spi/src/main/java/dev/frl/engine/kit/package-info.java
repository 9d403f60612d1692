/**
 * What engines share around their computation: {@link dev.frl.engine.kit.CheckedNet} checks arguments and takes training steps
 * apart, {@link dev.frl.engine.kit.NetBackend} is what an engine writes. For authors of engines; services use {@link
 * dev.frl.engine.RobustNet}.
 */
@NullMarked
package dev.frl.engine.kit;

import org.jspecify.annotations.NullMarked;
