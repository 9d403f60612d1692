/** The training path: DL4J's graph with layers of ours where those are faster. */
@NullMarked
package dev.frl.engine.dl4j.training;

import org.jspecify.annotations.NullMarked;
