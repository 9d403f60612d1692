package dev.frl.core.experiment;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Status of an experiment, as {@code frl sweep status} shows it.
 *
 * @param experiment name of the experiment
 * @param experimentId identity of the experiment
 * @param generation of the spec's metadata
 * @param labels of the spec's metadata
 * @param settings how its runs are carried out, with the limits of the last extension
 * @param search its search, in words
 * @param submittedAt time at which its spec was admitted
 * @param phase current phase
 * @param reason what it waits for or why it ended, one sentence
 * @param since time at which this phase began
 * @param points number of points
 * @param pruned number of points that the search has pruned
 * @param runs number of runs in each state, without warm starts
 * @param best best point so far among those with accuracies, without regard to the constraints; of an ended experiment, the best point
 *     that meets them. Null if there is none
 */
public record ExperimentStatus(
        String experiment,
        String experimentId,
        int generation,
        Map<String, String> labels,
        ExperimentSettings settings,
        String search,
        Instant submittedAt,
        ExperimentPhase phase,
        String reason,
        Instant since,
        int points,
        int pruned,
        RunCounts runs,
        @Nullable BestPoint best) {
    public ExperimentStatus {
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
    }

    /**
     * Numbers of runs.
     *
     * @param waiting not handed out yet, or waiting to be tried again
     * @param running handed out, with or without a trainer
     * @param resting paused, or waiting for a longer allowance
     * @param finished trained to the last epoch and tested
     * @param failed ended as failed
     * @param stopped ended by an order or by the search, or never to be handed out
     */
    public record RunCounts(int waiting, int running, int resting, int finished, int failed, int stopped) {
        public int all() {
            return waiting + running + resting + finished + failed + stopped;
        }
    }
}
