@NullMarked
package dev.frl.broker;

import org.jspecify.annotations.NullMarked;
