package dev.frl.spec;

import dev.frl.core.Seeds;
import dev.frl.core.Seeds.Purpose;
import dev.frl.spec.Sweep.Point;
import dev.frl.spec.key.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Points drawn at random. The value of a path in draw n is a function of the seed, n and the path: it depends neither on the other
 * paths nor on their order, which an Avro map does not keep, and more points go on where fewer ended.
 */
final class RandomSearch {
    private final Values base;
    private final List<Axis> axes;
    private final long seed;

    RandomSearch(Values base, List<Axis> axes, long seed) {
        this.base = base;
        this.axes = List.copyOf(axes);
        this.seed = seed;
    }

    /** Number of different points; Long.MAX_VALUE if they are not counted. */
    long size() {
        return Axis.combinations(axes);
    }

    /** Draws that are made at most: enough to meet each of so many equally likely points. */
    static long mostDraws(int points) {
        return 20L * points + 1000;
    }

    /**
     * Draws until enough points were taken, or until that is hopeless.
     *
     * @param taken gets points whose values all differ; says whether the point counts, since values that differ may still mean the
     *     same run
     * @return number of points that counted
     */
    int draw(int points, Predicate<Point> taken) {
        Set<Map<String, String>> drawn = new HashSet<>();
        int counted = 0;
        long refused = 0;
        for (long n = 0; counted < points && n < mostDraws(points) && refused <= points + 1000L; n++) {
            Point point = point(n);
            if (drawn.add(point.variant())) {
                if (taken.test(point)) {
                    counted++;
                } else {
                    refused++;
                }
            }
        }
        return counted;
    }

    Point point(long n) {
        Point point = new Point(Map.of(), base);
        for (Axis axis : axes) {
            point = point.with(axis, axis.values().draw(bits(seed, n, axis.path())));
        }
        return point;
    }

    /** @param path below spec, with today's names; its hash is the one of java.lang.String, which Java specifies */
    static long bits(long seed, long n, String path) {
        return Seeds.derive(seed, Purpose.RANDOM_SEARCH, n, path.hashCode());
    }
}
