/** Measurements, side by side with peers. No part of the product. */
@NullMarked
package dev.frl.bench;

import org.jspecify.annotations.NullMarked;
