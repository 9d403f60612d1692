@NullMarked
package dev.frl.checkpoint;

import org.jspecify.annotations.NullMarked;
