@NullMarked
package dev.frl.messaging.access;

import org.jspecify.annotations.NullMarked;
