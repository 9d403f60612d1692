@NullMarked
package dev.frl.schemas;

import org.jspecify.annotations.NullMarked;
