/** Which weights of a run are meant, where they are, and which of them are kept. */
@NullMarked
package dev.frl.core.checkpoint;

import org.jspecify.annotations.NullMarked;
