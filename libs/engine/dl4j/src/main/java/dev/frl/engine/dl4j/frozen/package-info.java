/**
 * The attack path: a net with fixed weights, its forward pass, and its backward pass to the gradient with respect to the
 * images. For maintainers of this engine.
 */
@NullMarked
package dev.frl.engine.dl4j.frozen;

import org.jspecify.annotations.NullMarked;
