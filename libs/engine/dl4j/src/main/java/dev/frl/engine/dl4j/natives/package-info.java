/** ND4J's native memory and libraries: arrays, parameters, loops over maps. */
@NullMarked
package dev.frl.engine.dl4j.natives;

import org.jspecify.annotations.NullMarked;
