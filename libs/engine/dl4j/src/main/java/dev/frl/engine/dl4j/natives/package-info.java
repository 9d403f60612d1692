/** ND4J's native memory and libraries: arrays, parameters, loops over maps. For maintainers of this engine. */
@NullMarked
package dev.frl.engine.dl4j.natives;

import org.jspecify.annotations.NullMarked;
