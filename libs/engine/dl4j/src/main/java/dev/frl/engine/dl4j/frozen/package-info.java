/** The attack path: a net whose weights are fixed, forward and back to the gradient with respect to the images. */
@NullMarked
package dev.frl.engine.dl4j.frozen;

import org.jspecify.annotations.NullMarked;
