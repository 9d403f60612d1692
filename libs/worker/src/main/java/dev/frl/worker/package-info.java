/** What trainers and attackers share: an engine, the data, the checkpoints. */
@NullMarked
package dev.frl.worker;

import org.jspecify.annotations.NullMarked;
