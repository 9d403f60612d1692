package dev.frl.core.experiment;

import dev.frl.core.HumanWords;
import dev.frl.core.experiment.ExperimentEvent.PointJudged;
import dev.frl.core.experiment.ExperimentEvent.Reported;
import dev.frl.core.experiment.ExperimentEvent.RetryQueued;
import dev.frl.core.experiment.ExperimentEvent.RunAllowed;
import dev.frl.core.experiment.ExperimentEvent.RunHandedOut;
import dev.frl.core.experiment.ExperimentEvent.RunOrdered;
import dev.frl.core.experiment.ExperimentEvent.RungReached;
import dev.frl.core.experiment.ExperimentStatus.RunCounts;
import dev.frl.core.experiment.RunEntry.Activity;
import dev.frl.core.experiment.SearchHistory.Mark;
import dev.frl.core.experiment.SearchHistory.Place;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The runs and points of an experiment, with indexes so that no question needs a look at all of them. */
final class RunTable {
    /** A point of the experiment. */
    static final class Point {
        final Map<String, String> variant;
        /** Its runs, in order. */
        final List<RunEntry> runs = new ArrayList<>();
        /** Number of rungs that it has passed. */
        int level;
        /** The judgement that pruned it; null if it was not. */
        @Nullable
        PointJudged pruned;
        /** Whether a user took up a run of it after it was pruned. */
        boolean revived;

        Point(Map<String, String> variant) {
            this.variant = variant;
        }

        /** Whether its runs are not to go on. */
        boolean isOut() {
            return pruned != null && !revived;
        }

        boolean judgedAt(int rung) {
            return level > rung || (pruned != null && pruned.rung() >= rung);
        }

        String describe() {
            return String.format(
                    Locale.ROOT,
                    "%s %d %s %s %s",
                    variant,
                    level,
                    pruned,
                    revived,
                    runs.stream().map(RunEntry::describe).toList());
        }
    }

    private static final Comparator<BestPoint> BEST_FIRST =
            Comparator.comparingDouble(BestPoint::worstRobust).reversed().thenComparingInt(BestPoint::point);

    private final Search search;
    /** By number. While facts are loaded, there are gaps. */
    private final TreeMap<Integer, RunEntry> runs = new TreeMap<>();

    private final Map<String, RunEntry> byId = new HashMap<>();
    private final TreeMap<Integer, Point> points = new TreeMap<>();
    private final Map<Map<String, String>, Integer> pointOf = new HashMap<>();
    private final Map<Activity, BitSet> active = new EnumMap<>(Activity.class);
    /** Runs below this number are known to be complete, and may be handed out. */
    private int released;
    /** Waiting runs below this number are not handed out. */
    private int withheldBelow;

    private int prunedPoints;

    /** Points of which something changed since the indexes below were computed. */
    private final BitSet changed = new BitSet();

    private final SearchHistory history = new SearchHistory();
    /** Runs that wait for a longer allowance, and may have it. */
    private final BitSet allowed = new BitSet();

    private final Map<Integer, BestPoint> scored = new HashMap<>();
    private final TreeSet<BestPoint> ranking = new TreeSet<>(BEST_FIRST);

    RunTable(Search search) {
        this.search = search;
        for (var activity : Activity.values()) {
            active.put(activity, new BitSet());
        }
    }

    void add(RunEntry run, Map<String, String> variant) {
        runs.put(run.index, run);
        byId.put(run.runId, run);
        var point = points.computeIfAbsent(run.point, p -> new Point(variant));
        pointOf.put(variant, run.point);
        point.runs.add(run);
        point.runs.sort(Comparator.comparingInt(r -> r.index)); // while facts are loaded, they come in any order
        set(run, run.activity);
        int before = history.rungs();
        history.grow(search.rungs(run.epochs));
        if (history.rungs() > before) {
            changed.set(0, points.lastKey() + 1);
        }
    }

    void handOut(RunHandedOut event) {
        var run = runs.get(event.index());
        if (run == null) {
            add(new RunEntry(event), event.variant());
        } else {
            run.plan = null;
            run.allowance = event.allowance();
            set(run, Activity.RUNNING);
        }
    }

    void allow(RunAllowed event) {
        var run = get(event.index());
        run.allowance = event.epochs();
        set(run, Activity.RUNNING);
    }

    void order(RunOrdered event) {
        var run = get(event.index());
        switch (event.verb()) {
            case STOP, KILL -> run.stop = event.verb();
            case RETRY -> {
                run.toldToGoOn = true;
                set(run, Activity.RUNNING);
            }
            case RESUME -> {
                run.toldToGoOn = true;
                if (run.isPaused()) {
                    set(run, Activity.RUNNING);
                }
            }
            default -> {}
        }
    }

    void queueRetry(RetryQueued event) {
        var run = get(event.index());
        run.retryReason = event.reason();
        run.toldToGoOn = true;
        set(run, Activity.RETRY_QUEUED);
    }

    void forgetRetries() {
        all(Activity.RETRY_QUEUED).forEach(index -> forgetRetry(get(index)));
    }

    private void forgetRetry(RunEntry run) {
        run.toldToGoOn = false;
        set(run, run.reported());
    }

    void report(Reported event) {
        var run = get(event.index());
        run.toldToGoOn = false;
        if (event.report().phase().isTerminal()) {
            run.stop = null;
        }
        run.report = event.report();
        set(run, run.reported());
    }

    void reach(RungReached event) {
        get(event.index()).reached(event.rung(), new Mark(event.score(), event.average()));
        changed.set(event.point());
    }

    void judge(PointJudged event) {
        var point = point(event.point());
        if (event.advanced()) {
            point.level = event.rung() + 1;
        } else {
            point.level = event.rung();
            point.pruned = event;
            prunedPoints++;
            queuedOf(event.point()).forEach(this::forgetRetry);
        }
        changed.set(event.point());
    }

    /** Runs of a point that wait to be tried again. */
    List<RunEntry> queuedOf(int point) {
        return point(point).runs.stream()
                .filter(run -> run.activity == Activity.RETRY_QUEUED)
                .toList();
    }

    void revive(int point) {
        point(point).revived = true;
        changed.set(point);
    }

    /** The runs and the points of a spec are complete. */
    void release(int below, int pointsBelow) {
        history.close(pointsBelow);
        IntStream.range(released, below).mapToObj(runs::get).forEach(run -> {
            if (run != null) {
                changed.set(run.point);
            }
        });
        released = below;
    }

    void withhold(int below) {
        withheldBelow = below;
        changed.set(0, points.isEmpty() ? 0 : points.lastKey() + 1);
    }

    private void set(RunEntry run, Activity activity) {
        of(run.activity).clear(run.index);
        run.activity = activity;
        of(activity).set(run.index);
        changed.set(run.point);
    }

    private BitSet of(Activity activity) {
        return active.getOrDefault(activity, new BitSet());
    }

    /** Brings the indexes up to date. */
    private void refresh() {
        for (int p = changed.nextSetBit(0); p >= 0; p = changed.nextSetBit(p + 1)) {
            refresh(p, point(p));
        }
        changed.clear();
    }

    private void refresh(int number, Point point) {
        for (int rung = 0; rung < history.rungs(); rung++) {
            var place = place(point, rung);
            history.set(
                    rung,
                    number,
                    place,
                    place == Place.REACHED ? meanAt(point, rung) : Mark.NONE,
                    point.judgedAt(rung));
        }
        for (var run : point.runs) {
            boolean more = run.isAtAllowance() && allowance(point, run) > run.allowance && !point.isOut();
            allowed.set(run.index, more);
        }
        var before = scored.remove(number);
        if (before != null) {
            ranking.remove(before);
        }
        var now = Means.ofReported(number, point);
        if (now != null) {
            scored.put(number, now);
            ranking.add(now);
        }
    }

    private Place place(Point point, int rung) {
        if (point.pruned != null && point.pruned.rung() < rung) {
            return Place.GONE;
        }
        boolean reached = false;
        boolean failed = false;
        for (var run : point.runs) {
            if (run.index >= released) {
                continue;
            }
            if (run.markAt(rung) != null) {
                reached = true;
            } else if (rung < search.rungs(run.epochs) && !isOver(run)) {
                return Place.AWAITED;
            } else if (run.activity == Activity.FAILED && rung < search.rungs(run.epochs)) {
                failed |= rung == 0 || run.markAt(rung - 1) != null;
            }
        }
        return reached ? Place.REACHED : failed ? Place.FAILED : Place.GONE;
    }

    private boolean isOver(RunEntry run) {
        return run.activity.isOver() || (run.activity == Activity.WAITING && run.index < withheldBelow);
    }

    private static Mark meanAt(Point point, int rung) {
        double scores = 0;
        double averages = 0;
        int count = 0;
        for (var run : point.runs) {
            var mark = run.markAt(rung);
            if (mark != null) {
                scores += mark.score();
                averages += mark.average();
                count++;
            }
        }
        return new Mark(scores / count, averages / count);
    }

    /** Epochs that a run of the point may train now. */
    int allowance(Point point, RunEntry run) {
        return point.revived ? run.epochs : search.allowance(point.level, run.epochs);
    }

    SearchHistory history() {
        refresh();
        return history;
    }

    int size() {
        return runs.size();
    }

    int released() {
        return released;
    }

    /** Runs that are complete and wait to be handed out. */
    boolean anyWaiting() {
        return nextWaiting() >= 0;
    }

    /** The next run to hand out; −1 if there is none. */
    int nextWaiting() {
        int next = of(Activity.WAITING).nextSetBit(withheldBelow);
        return next < released ? next : -1;
    }

    /** The next run that has begun and may go on: it is to be tried again, or may train more; −1 if there is none. */
    int nextToContinue() {
        refresh();
        int retry = of(Activity.RETRY_QUEUED).nextSetBit(0);
        int more = allowed.nextSetBit(0);
        return retry < 0 ? more : more < 0 ? retry : Math.min(retry, more);
    }

    int count(Activity activity) {
        return of(activity).cardinality();
    }

    /** Numbers of the runs in these activities, in order. */
    IntStream all(Activity first, Activity... others) {
        var set = (BitSet) of(first).clone();
        for (var other : others) {
            set.or(of(other));
        }
        return set.stream();
    }

    /** Handed out, and not over. */
    IntStream open() {
        return all(Activity.RUNNING, Activity.RESTING);
    }

    /** Whether no run is open or will be. */
    boolean allOver() {
        return count(Activity.RUNNING) == 0
                && count(Activity.RESTING) == 0
                && count(Activity.RETRY_QUEUED) == 0
                && !anyWaiting();
    }

    /** Number of waiting runs that are not handed out. */
    int withheld() {
        return withheldBelow == 0
                ? 0
                : of(Activity.WAITING).get(0, withheldBelow).cardinality();
    }

    /** Whether an order ended a run before its time, or keeps one from being handed out. The search's own orders do not count. */
    boolean anyCutShort() {
        return withheld() > 0
                || all(Activity.STOPPED)
                        .anyMatch(index -> !point(get(index).point).isOut());
    }

    /** Waiting runs that are not handed out. */
    List<String> withheldRuns() {
        return of(Activity.WAITING).stream()
                .takeWhile(index -> index < withheldBelow)
                .mapToObj(index -> get(index).runId)
                .toList();
    }

    RunEntry get(int index) {
        var run = runs.get(index);
        if (run == null) {
            throw new IllegalStateException("there is no run number " + index);
        }
        return run;
    }

    @Nullable
    RunEntry find(String runId) {
        return byId.get(runId);
    }

    Point point(int number) {
        var point = points.get(number);
        if (point == null) {
            throw new IllegalStateException("there is no point number " + number);
        }
        return point;
    }

    /** By number. */
    Map<Integer, Point> points() {
        return Collections.unmodifiableMap(points);
    }

    /** Number of the point with this variant; a new number if there is none. */
    int pointOf(Map<String, String> variant) {
        return pointOf.getOrDefault(variant, points.size());
    }

    int prunedPoints() {
        return prunedPoints;
    }

    RunCounts counts() {
        int withheld = withheld();
        int complete = of(Activity.WAITING).get(0, released).cardinality(); // those of an extension may still come in
        return new RunCounts(
                complete - withheld + count(Activity.RETRY_QUEUED),
                count(Activity.RUNNING),
                count(Activity.RESTING),
                count(Activity.FINISHED),
                count(Activity.FAILED),
                count(Activity.STOPPED) + withheld);
    }

    @Nullable
    BestPoint bestSoFar() {
        refresh();
        return ranking.isEmpty() ? null : ranking.first();
    }

    /** What a running experiment waits for. */
    String waitsFor() {
        var counts = counts();
        long paused = counts.running() > 0
                ? 0
                : all(Activity.RESTING).filter(index -> get(index).isPaused()).count();
        if (paused > 0) {
            return String.format(
                    Locale.ROOT,
                    "waits for %s; resume continues %s",
                    HumanWords.count(paused, "paused run"),
                    paused == 1 ? "it" : "them");
        }
        var words = new ArrayList<String>();
        if (counts.running() > 0) {
            words.add(HumanWords.count(counts.running(), "open run"));
        }
        if (counts.resting() > 0) {
            words.add(HumanWords.count(counts.resting(), "resting run"));
        }
        if (counts.waiting() > 0) {
            words.add(HumanWords.count(counts.waiting(), "run") + " to be handed out");
        }
        return words.isEmpty() ? "waits for nothing more" : "waits for " + HumanWords.list(words);
    }

    String describe() {
        return String.format(
                Locale.ROOT,
                "%d %d %d %s %s %s",
                released,
                withheldBelow,
                prunedPoints,
                points.values().stream().map(Point::describe).toList(),
                counts(),
                bestSoFar());
    }
}
