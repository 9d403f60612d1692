@NullMarked
package dev.frl.tracking;

import org.jspecify.annotations.NullMarked;
