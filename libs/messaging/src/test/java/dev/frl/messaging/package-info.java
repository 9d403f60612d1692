@NullMarked
package dev.frl.messaging;

import org.jspecify.annotations.NullMarked;
