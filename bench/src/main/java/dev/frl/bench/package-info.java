/** Measurements of the engines and the pipeline, beside other implementations. Not part of the product. */
@NullMarked
package dev.frl.bench;

import org.jspecify.annotations.NullMarked;
