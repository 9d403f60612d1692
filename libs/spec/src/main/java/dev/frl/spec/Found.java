package dev.frl.spec;

import dev.frl.spec.tree.ProblemSink;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gathers what is wrong with a spec. The same problem of several points of a sweep counts once. */
final class Found implements ProblemSink {
    /** Largest number of problems that are listed. */
    static final int LISTED = 200;

    private final Set<SpecProblem> problems = new LinkedHashSet<>();
    private int left;

    @Override
    public void add(@Nullable Integer line, String path, String message) {
        var problem = new SpecProblem(line, path, message);
        if (problems.size() < LISTED) {
            problems.add(problem);
        } else if (!problems.contains(problem)) {
            left++;
        }
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
        var sorted = new ArrayList<>(problems);
        sorted.sort(Comparator.comparingInt(p -> p.line() == null ? 0 : p.line()));
        if (left > 0) {
            sorted.add(new SpecProblem(null, "", "There are more problems; the first " + LISTED + " are listed."));
        }
        return sorted;
    }
}
