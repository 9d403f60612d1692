@NullMarked
package dev.frl.service.tracing;

import org.jspecify.annotations.NullMarked;
