/**
 * The attacker: takes one shard at a time, attacks it, and counts the predictions per class.
 * Read by its main class and the standalone mode.
 */
@NullMarked
package dev.frl.attacker;

import org.jspecify.annotations.NullMarked;
