package dev.frl.spec.group;

import dev.frl.spec.key.Key;
import dev.frl.spec.key.ValueType;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Names of the distributions in {@code spec.sweep.random.space}, and which settings may have which. */
public final class Distributions {
    private Distributions() {}

    public static final String UNIFORM = "uniform";
    public static final String LOG_UNIFORM = "logUniform";
    public static final String INTEGER = "integer";
    public static final String CHOICE = "choice";

    public static final List<String> NAMES = List.of(UNIFORM, LOG_UNIFORM, INTEGER, CHOICE);

    /** @param key null for a group */
    public static List<String> possible(@Nullable Key<?> key) {
        if (isWhole(key)) {
            return List.of(INTEGER, CHOICE);
        }
        return isNumber(key) ? NAMES : List.of(CHOICE);
    }

    /**
     * Why the setting cannot have the distribution, to be read after the distribution's path; empty if it can.
     *
     * @param path of the setting in problems
     * @param key null for a group
     * @param bounds as written
     */
    public static Optional<String> whyNot(String name, String path, @Nullable Key<?> key, String bounds) {
        if (possible(key).contains(name)) {
            return Optional.empty();
        }
        if (key == null) {
            return Optional.of(String.format(
                    Locale.ROOT, "is for numbers, but %s is a group of settings; write choice: [{…}, {…}]", path));
        }
        return Optional.of(
                isWhole(key)
                        ? String.format(
                                Locale.ROOT,
                                "gives fractions, but %s must be %s; write integer: %s",
                                path,
                                key.type().expected(),
                                bounds)
                        : String.format(
                                Locale.ROOT,
                                "is for numbers, but %s must be %s; write choice: […]",
                                path,
                                key.type().expected()));
    }

    private static boolean isWhole(@Nullable Key<?> key) {
        return key != null
                && (key.type().equals(ValueType.INTEGER) || key.type().equals(ValueType.SEED));
    }

    private static boolean isNumber(@Nullable Key<?> key) {
        return key != null && (key.type().equals(ValueType.NUMBER) || key.type().equals(ValueType.RATIO));
    }
}
