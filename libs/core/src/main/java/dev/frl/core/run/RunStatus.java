package dev.frl.core.run;

import java.time.Instant;

/**
 * What a person wants to know first about a run.
 *
 * @param runId run
 * @param experiment its experiment's name
 * @param experimentId its experiment's identity
 * @param variant what sets it apart within its sweep, as {@code key=value, …}; empty outside a sweep
 * @param phase where it stands
 * @param epoch last epoch that was trained, −1 before the first; 0 is the warm start
 * @param epochs to train in all
 * @param reason what it waits for or why it ended, one sentence
 * @param since when this phase began
 * @param deadline when the wait ends and the work is given out again or the run fails; equal to {@code since} for an ended run
 * @param shardsDone of the current evaluation
 * @param shards of the current evaluation; 0 while none is under way
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
