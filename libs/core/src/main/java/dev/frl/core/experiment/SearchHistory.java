package dev.frl.core.experiment;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/** Where the points of an experiment are on the rungs of its search. */
public final class SearchHistory {
    /** Relation of a point to a rung. */
    public enum Place {
        /** It will reach the rung, or end before. */
        AWAITED,
        /** It has reached the rung, with a score. */
        REACHED,
        /** All its runs ended on the way to the rung, and one of them failed. */
        FAILED,
        /** It will not reach the rung: it was pruned below, was stopped, or has fewer epochs. */
        GONE
    }

    /**
     * What a point has shown at a rung: the better one has the higher score, and of equal scores the higher average.
     *
     * @param score mean of what its runs are judged on
     * @param average mean of their robust accuracies over all samples
     */
    public record Mark(double score, double average) {
        static final Mark NONE = new Mark(0, 0);

        boolean isAtLeast(Mark other) {
            return score > other.score || (score == other.score && average >= other.average);
        }
    }

    private final List<Rung> rungs = new ArrayList<>();

    /** One rung: an entry for each point. */
    private static final class Rung {
        private final List<Place> places = new ArrayList<>();
        private final List<Mark> marks = new ArrayList<>();
        private final BitSet awaited = new BitSet();
        private final BitSet notJudged = new BitSet();
    }

    public int rungs() {
        return rungs.size();
    }

    public Place place(int rung, int point) {
        return rungs.get(rung).places.get(point);
    }

    /** What a point has shown; 0 unless it has reached the rung, and where no class had samples. */
    public Mark mark(int rung, int point) {
        return rungs.get(rung).marks.get(point);
    }

    /** Points that have reached the rung and are not judged there, and before which no point is awaited; in order. */
    public IntStream ready(int rung) {
        var r = rungs.get(rung);
        int end = r.awaited.isEmpty() ? r.places.size() : r.awaited.nextSetBit(0);
        return r.notJudged.stream().takeWhile(point -> point < end);
    }

    /** Sets the number of rungs; it only grows. */
    void grow(int count) {
        while (rungs.size() < count) {
            rungs.add(new Rung());
        }
    }

    /**
     * Sets a point's place at a rung. Points come in any order; one that was not set is awaited.
     *
     * @param judged whether the search has judged it there
     */
    void set(int rung, int point, Place place, Mark mark, boolean judged) {
        var r = rungs.get(rung);
        while (r.places.size() <= point) {
            r.awaited.set(r.places.size());
            r.places.add(Place.AWAITED);
            r.marks.add(Mark.NONE);
        }
        r.places.set(point, place);
        r.marks.set(point, Double.isNaN(mark.score()) ? Mark.NONE : mark);
        r.awaited.set(point, place == Place.AWAITED);
        r.notJudged.set(point, place == Place.REACHED && !judged);
    }
}
