/**
 * What trainers and attackers share: work from a share group, the report of failures, an engine, data and checkpoints.
 * Read by trainer and attacker.
 */
@NullMarked
package dev.frl.worker;

import org.jspecify.annotations.NullMarked;
