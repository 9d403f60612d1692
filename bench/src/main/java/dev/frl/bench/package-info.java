/**
 * Measurements of the engines and the pipeline, beside other implementations. Not part of the product.
 * Read by those who measure.
 */
@NullMarked
package dev.frl.bench;

import org.jspecify.annotations.NullMarked;
