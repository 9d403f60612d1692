/** The attacker: takes one shard at a time and counts, class by class, what an attack does to it. */
@NullMarked
package dev.frl.attacker;

import org.jspecify.annotations.NullMarked;
