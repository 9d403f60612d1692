@NullMarked
package dev.frl.cli.kafka;

import org.jspecify.annotations.NullMarked;
