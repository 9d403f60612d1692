package dev.frl.spec.tree;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What a mistyped name was probably meant to be. */
public final class Suggestions {
    /** Names that papers and other tools use. */
    private static final Map<String, String> SYNONYMS = Map.of(
            "lr", "learningRate",
            "eps", "epsilon",
            "radius", "epsilon",
            "alpha", "stepSize",
            "iterations", "steps",
            "train", "training",
            "val", "validation",
            "architecture", "arch",
            "lambda", "beta",
            "tau", "tolerance");

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

    /** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
    static int distance(String a, String b) {
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
        return d[a.length()][b.length()];
    }
}
