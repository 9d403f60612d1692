package dev.frl.core.run;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a run tells its experiment when it rests: it waits for a longer allowance or for the end of a pause, it has ended, or it goes
 * on after that.
 *
 * @param experiment name of the experiment
 * @param experimentId identity of the experiment
 * @param phase phase of the run
 * @param epoch last epoch that was trained, −1 before the first
 * @param validation accuracies of the last epoch's validation; null before the first
 * @param test accuracies of the last weights on the test images; null before the test
 * @param reason why it rests, one sentence
 */
public record RunReport(
        String runId,
        String experiment,
        String experimentId,
        Phase phase,
        int epoch,
        @Nullable Score validation,
        @Nullable Score test,
        String reason,
        Instant at) {
    /**
     * Accuracies of one evaluation, fractions in [0, 1].
     *
     * @param epoch epoch of the weights
     * @param clean accuracy without attack, over all samples
     * @param robust accuracy under attack, over all samples
     * @param worstRobust accuracy under attack of the worst class
     * @param worstRobustLow lower end of its 95 % Wilson interval
     * @param worstClass name of that class
     * @param images number of images that were evaluated
     * @param partial whether these are only a part of the split
     */
    public record Score(
            int epoch,
            double clean,
            double robust,
            double worstRobust,
            double worstRobustLow,
            String worstClass,
            long images,
            boolean partial) {}
}
