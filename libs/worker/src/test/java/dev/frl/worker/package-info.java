@NullMarked
package dev.frl.worker;

import org.jspecify.annotations.NullMarked;
