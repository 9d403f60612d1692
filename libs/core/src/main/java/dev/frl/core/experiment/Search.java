package dev.frl.core.experiment;

import dev.frl.core.run.RunReport.Score;
import java.util.List;

/**
 * Says how far the runs of a point train. A function of the experiment's history only: no clock and no memory of its own, so that a
 * restart or runs of other speeds give the same decisions.
 */
public sealed interface Search permits Search.Exhaustive, Asha {
    static Search of(ExperimentSettings settings) {
        return settings.asha() == null ? new Exhaustive() : new Asha(settings.asha());
    }

    /** In words, for tables. */
    String label();

    /**
     * Number of rungs below a last epoch.
     *
     * @param epochs epochs that a run trains in all
     */
    int rungs(int epochs);

    /**
     * Epoch of a rung.
     *
     * @param rung number of the rung, from 0; less than {@link #rungs}
     */
    int rungEpoch(int rung);

    /**
     * Epochs that a run may train.
     *
     * @param level number of rungs that its point has passed
     * @param epochs epochs that it trains in all
     */
    default int allowance(int level, int epochs) {
        return level < rungs(epochs) ? rungEpoch(level) : epochs;
    }

    /** What a run is judged on at a rung; in [0, 1]. */
    double score(Score validation);

    /** What follows from the history. After these verdicts others may follow. */
    List<Verdict> verdicts(SearchHistory history);

    /**
     * A judgement of one point at one rung.
     *
     * @param mark what its runs have shown
     * @param rank its rank, from 1, among the points up to itself that have reached the rung
     * @param of number of these points
     * @param advances whether the point goes on
     */
    record Verdict(int point, int rung, SearchHistory.Mark mark, int rank, int of, boolean advances) {}

    /** Every run trains to its last epoch. */
    record Exhaustive() implements Search {
        @Override
        public String label() {
            return "all runs to the last epoch";
        }

        @Override
        public int rungs(int epochs) {
            return 0;
        }

        @Override
        public int rungEpoch(int rung) {
            throw new IllegalArgumentException("an exhaustive search has no rung " + rung);
        }

        @Override
        public double score(Score validation) {
            return validation.worstRobust();
        }

        @Override
        public List<Verdict> verdicts(SearchHistory history) {
            return List.of();
        }
    }
}
