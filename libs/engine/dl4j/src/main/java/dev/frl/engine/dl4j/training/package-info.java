/** The training path: DL4J's graph, with our own layers where they are faster. For maintainers of this engine. */
@NullMarked
package dev.frl.engine.dl4j.training;

import org.jspecify.annotations.NullMarked;
