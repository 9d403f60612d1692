package dev.frl.spec;

import dev.frl.spec.key.Values;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One path of a sweep and what it is varied over.
 *
 * @param path below spec, with today's names
 * @param line of the path; null where the spec did not come as text
 * @param shown path of the axis in problems, as the user wrote it
 */
record Axis(String path, @Nullable Integer line, String shown, Distribution values) {
    /**
     * One value of an axis.
     *
     * @param text as written
     * @param values all that it sets: a swept group sets several keys
     */
    record Choice(String text, Values values) {}

    /** Number of combinations of values; Long.MAX_VALUE if there are more, or if they are not counted. */
    static long combinations(List<Axis> axes) {
        long count = 1;
        for (Axis axis : axes) {
            long values = axis.values().size();
            count = count > Long.MAX_VALUE / values ? Long.MAX_VALUE : count * values;
        }
        return count;
    }
}
