/**
 * The interface of every engine: nets that train adversarially, and attacks on them. For services, which call it, and for
 * authors of engines. Only primitive arrays cross this interface, so neither a tensor type nor native memory
 * leaks out of an engine.
 *
 * <p>Images are {@code [N, C, H, W]}, row-major, pixels in [0, 1]. Labels count from 0.
 */
@NullMarked
package dev.frl.engine;

import org.jspecify.annotations.NullMarked;
