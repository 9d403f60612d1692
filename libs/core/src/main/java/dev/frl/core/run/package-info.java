/** The life of a run, as decisions on events. */
@NullMarked
package dev.frl.core.run;

import org.jspecify.annotations.NullMarked;
