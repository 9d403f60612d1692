@NullMarked
package dev.frl.cli;

import org.jspecify.annotations.NullMarked;
