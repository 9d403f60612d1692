package dev.frl.core.experiment;

/**
 * A live fact of an experiment, as the controller stores it: one entry each, so that what a message costs does not depend on the number
 * of runs.
 *
 * @param slot what kind of fact it is; a later event in the same slot replaces it
 * @param number place in the order of the experiment's facts, from 0
 * @param event the fact
 */
public record ExperimentFact(String slot, long number, ExperimentEvent event) {}
