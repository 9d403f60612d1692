package dev.frl.core.run;

import dev.frl.core.run.RunReport.Score;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Status of a run, as {@code frl list} and {@code frl status} show it.
 *
 * @param runId id of the run
 * @param experiment name of its experiment
 * @param experimentId identity of its experiment
 * @param variant its swept settings: path to value as written in the spec; empty without a sweep
 * @param policy its fairness policy, as specs write it
 * @param seed seed of its training
 * @param warmStart whether it is a warm-start run
 * @param warmStartRun id of the warm-start run whose weights it starts from; null if it needs none
 * @param plannedAt time at which it was admitted
 * @param phase current phase
 * @param epoch last epoch that was trained, −1 before the first; 0 is the warm start
 * @param epochs epochs to train
 * @param reason what the run waits for or why it ended, one sentence
 * @param since time at which this phase began
 * @param deadline end of the wait; equal to {@code since} for an ended run
 * @param next what happens at the end of the wait, a clause without a full stop; empty for an ended run
 * @param attempt attempt number of the evaluation in progress, else of the training; 0 before the first
 * @param turn whether it may have a trainer
 * @param shardsDone counted shards of the evaluation in progress
 * @param shards shards of the evaluation in progress; 0 if there is none
 * @param progress how far the current epoch or evaluation is; null if nobody reported
 * @param validation accuracies of the last validation; null before the first
 * @param test accuracies of the last weights on the test images; null before the test
 */
public record RunStatus(
        String runId,
        String experiment,
        String experimentId,
        Map<String, String> variant,
        String policy,
        long seed,
        boolean warmStart,
        @Nullable String warmStartRun,
        Instant plannedAt,
        Phase phase,
        int epoch,
        int epochs,
        String reason,
        Instant since,
        Instant deadline,
        String next,
        int attempt,
        boolean turn,
        int shardsDone,
        int shards,
        @Nullable WorkDone progress,
        @Nullable Score validation,
        @Nullable Score test) {
    public RunStatus {
        variant = Collections.unmodifiableMap(new LinkedHashMap<>(variant));
    }

    /**
     * How far the epoch that is trained is, or the evaluation in progress.
     *
     * @param share share of its work that is done, in [0, 1]
     * @param imagesPerSecond rate of the worker that reported last; NaN if it is not known yet
     * @param host host of that worker
     * @param at time of that report
     */
    public record WorkDone(double share, double imagesPerSecond, String host, Instant at) {}

    /** Accuracies of the test if there is one, else of the last validation; null before the first. */
    public @Nullable Score latest() {
        return test != null ? test : validation;
    }
}
