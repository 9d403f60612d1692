package dev.frl.core.experiment;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Successive halving as its definition says it, from a table of what every run would do: recursive, sorted, with no regard to time.
 *
 * @param minEpochs epochs of the first rung
 * @param reduction η
 * @param points in order
 */
record SlowAsha(int minEpochs, int reduction, List<Point> points) {
    /** @param epochs epochs that its runs train in all */
    record Point(int epochs, List<Curve> runs) {}

    /**
     * What a run would do if nobody stopped it.
     *
     * @param lastEpoch last epoch that it trains before it fails; the last of all if it does not fail
     * @param scores by epoch, from 0
     */
    record Curve(int lastEpoch, List<Double> scores) {}

    /** A judgement, and all that is known of it. */
    record Judgement(int rung, int point, double score, int rank, int of, boolean advanced) {}

    /** All judgements, by rung and point. */
    Map<String, Judgement> judgements() {
        var all = new TreeMap<String, Judgement>();
        for (int rung = 0; rung < 12; rung++) {
            for (int point = 0; point < points.size(); point++) {
                if (isThere(rung, point) && score(rung, point) >= 0) {
                    all.put("%d/%d".formatted(rung, point), judgement(rung, point));
                }
            }
        }
        return all;
    }

    private Judgement judgement(int rung, int point) {
        var table = IntStream.rangeClosed(0, point)
                .filter(p -> isThere(rung, p))
                .boxed()
                .sorted(Comparator.comparing((Integer p) -> -score(rung, p)))
                .toList(); // sorting is stable, so the earlier point comes first
        int rank = table.indexOf(point) + 1;
        boolean advanced = (rank - 1) * reduction < table.size();
        return new Judgement(rung, point, score(rung, point), rank, table.size(), advanced);
    }

    /** Whether a point counts at a rung: it was to be trained up to it. */
    private boolean isThere(int rung, int point) {
        if (epoch(rung) >= points.get(point).epochs()) {
            return false;
        }
        return rung == 0
                || (isThere(rung - 1, point)
                        && score(rung - 1, point) >= 0
                        && judgement(rung - 1, point).advanced());
    }

    /** Mean of the runs that reach the rung; −1 if all fail before. */
    private double score(int rung, int point) {
        var there = new ArrayList<Double>();
        for (var run : points.get(point).runs()) {
            if (run.lastEpoch() >= epoch(rung)) {
                there.add(run.scores().get(epoch(rung)));
            }
        }
        return there.isEmpty() ? -1 : there.stream().reduce(0.0, Double::sum) / there.size();
    }

    private int epoch(int rung) {
        return (int) Math.min(Integer.MAX_VALUE, minEpochs * Math.pow(reduction, rung));
    }
}
