package dev.frl.core.experiment;

import dev.frl.core.experiment.ExperimentSettings.AshaSettings;
import dev.frl.core.run.RunReport.Score;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Successive halving over epochs, in a form that does not depend on the speeds of the runs.
 *
 * <pre>
 *   epoch of rung r = minEpochs · η^r        below the last epoch
 *   a point at rung r goes on if             rank ≤ max(1, ⌊n / η⌋)
 * </pre>
 *
 * n counts the points that have reached rung r, and the rank is a point's place among them, the best score first; of equal scores the
 * higher robust accuracy over all samples, then the earlier point. The points of a rung are judged together, as soon as each has reached
 * it, was pruned below it, or has ended. A point whose runs have all failed on the way to rung r counts there, behind all others; it
 * counts at no later rung. The points of an extension are judged among all points, those before them keep their judgements.
 *
 * <p>Source: Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020. ASHA itself promotes whenever a worker is
 * free, among the points that happen to be there at that time, so that its decisions depend on the speeds of the workers.
 *
 * @param settings minEpochs, η, and what is compared
 */
public record Asha(AshaSettings settings) implements Search {
    @Override
    public String label() {
        return String.format(
                Locale.ROOT,
                "asha, minEpochs %d, reduction %d%s",
                settings.minEpochs(),
                settings.reduction(),
                settings.lowerEnd() ? ", on the lower end of the interval" : "");
    }

    @Override
    public int rungs(int epochs) {
        int rungs = 0;
        for (long epoch = settings.minEpochs(); epoch < epochs; epoch *= settings.reduction()) {
            rungs++;
        }
        return rungs;
    }

    @Override
    public int rungEpoch(int rung) {
        long epoch = settings.minEpochs();
        for (int i = 0; i < rung; i++) {
            epoch = Math.multiplyExact(epoch, settings.reduction());
        }
        return Math.toIntExact(epoch);
    }

    @Override
    public double score(Score validation) {
        return settings.lowerEnd() ? validation.worstRobustLow() : validation.worstRobust();
    }

    @Override
    public List<Verdict> verdicts(SearchHistory history) {
        var verdicts = new ArrayList<Verdict>();
        for (int rung = 0; rung < history.rungs(); rung++) {
            int r = rung;
            history.ready(rung).forEach(point -> verdicts.add(verdict(history, r, point)));
        }
        return verdicts;
    }

    private Verdict verdict(SearchHistory history, int rung, int point) {
        var mark = history.mark(rung, point);
        int of = 0;
        int rank = 1;
        for (int other = 0; other < history.end(point); other++) {
            var place = history.place(rung, other);
            if (place == SearchHistory.Place.REACHED) {
                of++;
                var theirs = history.mark(rung, other);
                if (other < point ? theirs.isAtLeast(mark) : !mark.isAtLeast(theirs)) { // an earlier point wins
                    rank++;
                }
            } else if (place == SearchHistory.Place.FAILED) {
                of++;
            }
        }
        int places = Math.max(1, of / settings.reduction());
        return new Verdict(point, rung, mark, rank, of, rank <= places);
    }
}
