/**
 * Turns: which runs may have a trainer now. Kafka cannot take an assignment back from a share group, so no more runs are assigned than
 * there are trainers to take them.
 * Read by the controller. {@link dev.frl.core.turn.Turns} is the place to start.
 */
@NullMarked
package dev.frl.core.turn;

import org.jspecify.annotations.NullMarked;
