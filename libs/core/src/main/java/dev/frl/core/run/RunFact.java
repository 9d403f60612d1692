package dev.frl.core.run;

/**
 * A live fact of a run, as the controller stores it: one entry each, so that what a shard result costs does not depend on the
 * number of shards, epochs or runs.
 *
 * @param slot what kind of fact it is; a later event in the same slot replaces it
 * @param number place in the order of the run's facts, from 0
 * @param event the fact
 */
public record RunFact(String slot, long number, RunEvent event) {}
