package dev.frl.core.experiment;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Successive halving as its definition says it, from a table of what every run would do: recursive, sorted, with no regard to time.
 *
 * @param minEpochs epochs of the first rung
 * @param reduction η
 * @param first number of points of the first spec; an extension has the others
 * @param points in order
 */
record SlowAsha(int minEpochs, int reduction, int first, List<Point> points) {
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
        var there = IntStream.range(0, points.size()).boxed().toList();
        for (int rung = 0; !there.isEmpty(); rung++) {
            int r = rung;
            there = there.stream()
                    .filter(p -> epoch(r) < points.get(p).epochs())
                    .toList();
            var next = new ArrayList<Integer>();
            for (int point : there) {
                if (score(rung, point) >= 0) {
                    var judgement = judgement(rung, point, there);
                    all.put(String.format(Locale.ROOT, "%d/%d", rung, point), judgement);
                    if (judgement.advanced()) {
                        next.add(point);
                    }
                }
            }
            there = next;
        }
        return all;
    }

    private Judgement judgement(int rung, int point, List<Integer> there) {
        int end = point < first ? first : points.size();
        var table = there.stream()
                .filter(p -> p < end)
                .sorted(Comparator.comparing((Integer p) -> -score(rung, p)))
                .toList(); // sorting is stable, so the earlier point comes first
        int rank = table.indexOf(point) + 1;
        boolean advanced = rank == 1 || rank * reduction <= table.size();
        return new Judgement(rung, point, score(rung, point), rank, table.size(), advanced);
    }

    /** Mean of the runs that reach the rung; −1 if all fail before. */
    private double score(int rung, int point) {
        var there = new ArrayList<Double>();
        for (var run : points.get(point).runs()) {
            if (run.lastEpoch() >= epoch(rung)) {
                there.add(run.scores().get(epoch(rung)));
            }
        }
        return there.isEmpty() ? -1 : Math.rint(there.stream().reduce(0.0, Double::sum) / there.size() * 1e12) / 1e12;
    }

    private int epoch(int rung) {
        return (int) Math.min(Integer.MAX_VALUE, minEpochs * Math.pow(reduction, rung));
    }
}
