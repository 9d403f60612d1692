package dev.frl.spec;

import dev.frl.spec.tree.Node;
import dev.frl.spec.tree.ProblemSink;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Gathers what is wrong with a spec. The same problem of several points of a sweep counts once. */
final class Found implements ProblemSink {
    /** Largest number of problems that are listed. */
    static final int LISTED = 200;

    /** Swept settings of a point that are shown. */
    private static final int SETTINGS_SHOWN = 3;

    private final Set<SpecProblem> problems = new LinkedHashSet<>();
    private final Map<SpecProblem, DrawnPoints> drawnPoints = new HashMap<>();
    private int left;
    private int points;
    private @Nullable String point;

    /** The points that have a problem: how many, and the first of them. */
    private record DrawnPoints(int count, String first, String last) {}

    @Override
    public void add(@Nullable Integer line, String path, String message) {
        var problem = new SpecProblem(line, path, message);
        String at = point;
        if (at != null && (!problems.contains(problem) || drawnPoints.containsKey(problem))) {
            drawnPoints.merge(
                    problem,
                    new DrawnPoints(1, at, at),
                    (before, one) -> before.last().equals(at)
                            ? before
                            : new DrawnPoints(before.count() + 1, before.first(), at));
        }
        if (problems.size() < LISTED) {
            problems.add(problem);
        } else if (!problems.contains(problem)) {
            left++;
        }
    }

    /** What is noted from here on is of this point, which nobody wrote: the problem names it. */
    void beginPoint(Map<String, String> variant) {
        points++;
        String more = variant.size() > SETTINGS_SHOWN ? ", …" : "";
        point = variant.entrySet().stream()
                .limit(SETTINGS_SHOWN)
                .map(e -> e.getKey() + ": " + Node.shown(e.getValue()))
                .collect(Collectors.joining(", ", "{", more + "}"));
    }

    void endPoints() {
        point = null;
    }

    int size() {
        return problems.size() + left;
    }

    boolean isEmpty() {
        return problems.isEmpty();
    }

    /** Whether going on would only add to what is not listed. */
    boolean isFull() {
        return left > 0;
    }

    /** In the order of the file. */
    List<SpecProblem> inOrder() {
        var sorted = new ArrayList<SpecProblem>();
        problems.forEach(problem -> sorted.add(withPoint(problem)));
        sorted.sort(Comparator.comparingInt(p -> p.line() == null ? 0 : p.line()));
        if (left > 0) {
            sorted.add(new SpecProblem(null, "", "There are more problems; the first " + LISTED + " are listed."));
        }
        return sorted;
    }

    /** Names the point, unless all points have the problem. */
    private SpecProblem withPoint(SpecProblem problem) {
        var at = drawnPoints.get(problem);
        if (at == null || at.count() == points && points > 1) {
            return problem;
        }
        String where = at.count() == 1
                ? String.format(Locale.ROOT, "; this is at the point %s", at.first())
                : String.format(
                        Locale.ROOT, "; this is at %,d of %,d points, first at %s", at.count(), points, at.first());
        return new SpecProblem(problem.line(), problem.path(), problem.message() + where);
    }
}
