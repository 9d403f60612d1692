package dev.frl.core.run;

import java.time.Instant;

/**
 * Status of a run, as {@code frl status} shows it.
 *
 * @param runId id of the run
 * @param experiment name of its experiment
 * @param experimentId identity of its experiment
 * @param variant its swept settings as {@code key=value, …}; empty without a sweep
 * @param phase current phase
 * @param epoch last epoch that was trained, −1 before the first; 0 is the warm start
 * @param epochs epochs to train
 * @param reason what the run waits for or why it ended, one sentence
 * @param since time at which this phase began
 * @param deadline end of the wait: the work is then retried or the run fails; equal to {@code since} for an ended run
 * @param shardsDone counted shards of the evaluation in progress
 * @param shards shards of the evaluation in progress; 0 if there is none
 */
public record RunStatus(
        String runId,
        String experiment,
        String experimentId,
        String variant,
        Phase phase,
        int epoch,
        int epochs,
        String reason,
        Instant since,
        Instant deadline,
        int shardsDone,
        int shards) {}
