@NullMarked
package dev.frl.data;

import org.jspecify.annotations.NullMarked;
