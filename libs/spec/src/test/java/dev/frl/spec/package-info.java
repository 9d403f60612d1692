@NullMarked
package dev.frl.spec;

import org.jspecify.annotations.NullMarked;
