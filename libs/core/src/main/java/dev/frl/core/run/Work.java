package dev.frl.core.run;

import dev.frl.core.settings.Part;

/** A piece of work that one worker does. */
public sealed interface Work {
    /** Epoch that is trained, or whose weights are attacked; from 0. */
    int epoch();

    /** Training of the run. */
    record EpochTraining(int epoch) implements Work {}

    /**
     * One shard of an evaluation.
     *
     * @param part images of the evaluation
     * @param shard number of the shard, from 0
     */
    record Shard(Part part, int epoch, int shard) implements Work {}
}
