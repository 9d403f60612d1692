@NullMarked
package dev.frl.service.metrics;

import org.jspecify.annotations.NullMarked;
