package dev.frl.core.settings;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with one group of settings, so that all of it is reported at once. */
public final class Problems {
    private final List<Problem> found = new ArrayList<>();

    /**
     * Notes a problem unless {@code ok}.
     *
     * @param key the setting's name within its group
     * @param expected what it must be, as it follows "must be"
     */
    public Problems unless(boolean ok, String key, Object value, String expected) {
        if (!ok) {
            found.add(new Problem(key, value, expected));
        }
        return this;
    }

    /** Notes a problem unless the value is in the range. */
    public Problems in(Range range, String key, Number value) {
        return unless(range.contains(value.doubleValue()), key, value, range.text());
    }

    /** Notes a problem unless the duration is in the range. */
    public Problems in(Range range, String key, Duration value) {
        return unless(range.contains(value), key, value, range.text());
    }

    /** @throws InvalidSettings if anything was noted */
    public void throwIfAny() {
        if (!found.isEmpty()) {
            throw new InvalidSettings(found);
        }
    }

    /**
     * One thing that is wrong.
     *
     * @param key the setting, relative to the group that was checked
     * @param value that it has
     * @param expected what it must be, as it follows "must be"
     */
    public record Problem(String key, Object value, String expected) {
        /** What is wrong, to be read after the key. */
        public String message() {
            return "is " + value + "; it must be " + expected;
        }
    }

    /** Settings that break their own rules. */
    public static final class InvalidSettings extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;
        private final transient List<Problem> problems;

        InvalidSettings(List<Problem> problems) {
            super(problems.stream()
                    .map(p -> p.key() + " " + p.message())
                    .reduce((a, b) -> a + "; " + b)
                    .orElse(""));
            this.problems = List.copyOf(problems);
        }

        public List<Problem> problems() {
            return problems;
        }
    }
}
