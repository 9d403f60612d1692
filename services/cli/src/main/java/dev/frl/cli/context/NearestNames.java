package dev.frl.cli.context;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds the known names that a mistyped name is closest to. */
public final class NearestNames {
    private static final int AT_MOST = 3;
    private static final int SHORTEST_BEGINNING = 4;

    private NearestNames() {}

    /** At most three names, the nearest first; empty if none is near. */
    public static List<String> to(String name, Collection<String> known) {
        String wanted = name.toLowerCase(Locale.ROOT);
        record Candidate(String name, int distance) {}
        return known.stream()
                .distinct()
                .map(k -> new Candidate(k, distance(wanted, k.toLowerCase(Locale.ROOT))))
                .filter(c -> c.distance() <= Math.max(1, wanted.length() / 4)
                        || c.name().toLowerCase(Locale.ROOT).contains(wanted))
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .limit(AT_MOST)
                .map(Candidate::name)
                .toList();
    }

    /**
     * @param what kind of the name, such as {@code data set}
     * @throws CliException usage, if the name is not known
     */
    public static void requireKnown(String what, String name, List<String> known) {
        if (!known.contains(name)) {
            var near = to(name, known);
            throw CliException.usage("there is no %s %s; known: %s%s"
                    .formatted(
                            what,
                            name,
                            String.join(", ", known),
                            near.isEmpty() ? "" : ". Did you mean " + near.get(0) + "?"));
        }
    }

    /** Edits (insert, delete, replace, swap of neighbours) from {@code a} to {@code b}, or to a prefix of {@code b} plus 1. */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                d[i][j] = Math.min(replaced, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        int least = d[a.length()][b.length()];
        for (int j = SHORTEST_BEGINNING; j < b.length(); j++) {
            // + 1: a whole name wins over a prefix with as many edits.
            least = Math.min(least, d[a.length()][j] + 1);
        }
        return least;
    }
}
