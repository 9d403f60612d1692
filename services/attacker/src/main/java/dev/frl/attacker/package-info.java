/** The attacker: takes one shard at a time, attacks it, and counts the predictions per class. */
@NullMarked
package dev.frl.attacker;

import org.jspecify.annotations.NullMarked;
