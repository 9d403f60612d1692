package dev.frl.spec.tree;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What a mistyped name was probably meant to be. */
public final class Suggestions {
    /** Names that papers and other tools use. */
    private static final Map<String, String> SYNONYMS = Map.ofEntries(
            Map.entry("lr", "learningRate"),
            Map.entry("eps", "epsilon"),
            Map.entry("radius", "epsilon"),
            Map.entry("alpha", "stepSize"),
            Map.entry("iterations", "steps"),
            Map.entry("train", "training"),
            Map.entry("val", "validation"),
            Map.entry("architecture", "arch"),
            Map.entry("lambda", "beta"),
            Map.entry("tau", "tolerance"),
            // sweeps: Ray Tune, Katib, Optuna, W&B
            Map.entry("randint", "integer"),
            Map.entry("int", "integer"),
            Map.entry("intuniform", "integer"),
            Map.entry("loguniformvalues", "logUniform"),
            Map.entry("log", "logUniform"),
            Map.entry("categorical", "choice"),
            Map.entry("values", "choice"),
            Map.entry("numsamples", "points"),
            Map.entry("samples", "points"),
            Map.entry("ntrials", "points"),
            Map.entry("parameters", "space"),
            Map.entry("searchspace", "space"),
            Map.entry("replicas", "seeds"),
            Map.entry("repeats", "seeds"),
            Map.entry("graceperiod", "minEpochs"),
            Map.entry("minresource", "minEpochs"),
            Map.entry("eta", "reduction"),
            Map.entry("reductionfactor", "reduction"),
            Map.entry("maxtrialcount", "maxRuns"),
            Map.entry("paralleltrialcount", "parallelRuns"),
            Map.entry("maxconcurrent", "parallelRuns"),
            Map.entry("maxfailedtrialcount", "maxFailedRuns"));

    private static final int MOST = 3;
    private static final int SHORTEST_BEGINNING = 4;

    private Suggestions() {}

    /** The candidate that differs least, if it is close enough to be meant. */
    public static Optional<String> closest(String name, Collection<String> candidates) {
        String wanted = bare(name);
        String best = null;
        int least = Math.max(1, Math.min(wanted.length(), 24) / 3) + 1;
        for (String candidate : candidates) {
            String known = bare(candidate);
            if (Math.abs(known.length() - wanted.length()) < least) {
                int distance = distance(wanted, known);
                if (distance < least && distance < known.length()) {
                    least = distance;
                    best = candidate;
                }
            }
        }
        if (best == null) {
            String synonym = SYNONYMS.get(wanted);
            best = synonym != null && candidates.contains(synonym) ? synonym : null;
        }
        return Optional.ofNullable(best);
    }

    /** Case, hyphens and underscores tell no two names apart. */
    private static String bare(String name) {
        return name.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
    }

    /**
     * At most three names, the nearest first: by a typing error in the whole name or in its beginning, or because they contain
     * what was typed. Empty if none is near. For names that end in what nobody types, such as those of runs.
     */
    public static List<String> nearest(String name, Collection<String> known) {
        String wanted = name.toLowerCase(Locale.ROOT);
        record Candidate(String name, int distance) {}
        return known.stream()
                .distinct()
                .map(k -> new Candidate(k, distanceToBeginning(wanted, k.toLowerCase(Locale.ROOT))))
                .filter(c -> c.distance() <= Math.max(1, wanted.length() / 4)
                        || c.name().toLowerCase(Locale.ROOT).contains(wanted))
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .limit(MOST)
                .map(Candidate::name)
                .toList();
    }

    /** Edits from {@code a} to {@code b}, or to a beginning of {@code b} plus 1: a whole name wins over a beginning. */
    private static int distanceToBeginning(String a, String b) {
        int[] distances = distances(a, b);
        int least = distances[b.length()];
        for (int j = SHORTEST_BEGINNING; j < b.length(); j++) {
            least = Math.min(least, distances[j] + 1);
        }
        return least;
    }

    static int distance(String a, String b) {
        return distances(a, b)[b.length()];
    }

    /**
     * Insertions, deletions, replacements and swaps of neighbours (optimal string alignment) from {@code a} to each beginning of
     * {@code b}, by its length.
     */
    private static int[] distances(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                d[i][j] = Math.min(replaced, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()];
    }
}
