package dev.frl.spec.key;

import dev.frl.core.settings.Problems.InvalidSettings;
import dev.frl.core.settings.Problems.Problem;
import dev.frl.spec.key.Values.Value;
import dev.frl.spec.tree.Node;
import dev.frl.spec.tree.ProblemSink;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Turns values into records. The value of a key comes from the spec, else from the preset, else it is the default. If a record
 * refuses its values, that is a problem of the key that the user wrote, and the default stands in for the record, so that the
 * other problems are found too.
 */
public final class Resolution {
    private static final ProblemSink NOWHERE = (line, path, message) -> {};

    private final Values values;
    private final Fallbacks preset;
    private final ProblemSink found;
    private final ProblemSink implied;

    /**
     * @param preset values of keys that the spec leaves out
     * @param found takes problems of values that the spec gives
     * @param implied takes problems of values that the spec does not give; they follow from another problem
     */
    public Resolution(Values values, Fallbacks preset, ProblemSink found, ProblemSink implied) {
        this.values = values;
        this.preset = preset;
        this.found = found;
        this.implied = implied;
    }

    /** Values between the spec and the defaults. */
    public interface Fallbacks {
        Fallbacks NONE = new Fallbacks() {
            @Override
            public <T> Optional<T> find(Key<T> key) {
                return Optional.empty();
            }
        };

        <T> Optional<T> find(Key<T> key);
    }

    /** The values that the spec gives. */
    public Values values() {
        return values;
    }

    /** @throws IllegalStateException if the key has no default of its own */
    public <T> T get(Key<T> key) {
        if (key.fallback() == null) {
            throw new IllegalStateException(key.path() + " has no default of its own");
        }
        return get(key, key.fallback());
    }

    public <T> T get(Key<T> key, T otherwise) {
        return values.get(key, preset.find(key).orElse(otherwise));
    }

    /**
     * The value of a key that must be written.
     *
     * @param what to write, to be read after "is missing:"
     * @param placeholder stands in for the missing value
     */
    public <T> T required(Key<T> key, String what, T placeholder) {
        if (values.at(key.path()) == null) {
            missing(key, what);
        }
        return get(key, placeholder);
    }

    public void missing(Key<?> key, String what) {
        found.add(values.lineAround(key.path()), key.path(), "is missing: " + what);
    }

    /** Notes a problem of a value. */
    public void refuse(Value value, String message) {
        found.add(value.line(), value.path(), message);
    }

    /** Notes a problem of a group that was written. */
    public void refuseGroup(String group, String message) {
        found.add(values.lineAround(group + "."), group, message);
    }

    /** The record; if it refuses its values, the record of the defaults alone. */
    public <R> R build(String group, Function<Resolution, R> record) {
        try {
            return record.apply(this);
        } catch (InvalidSettings e) {
            note(group, e);
            return record.apply(new Resolution(Values.NONE, Fallbacks.NONE, NOWHERE, NOWHERE));
        }
    }

    /** The record; if it refuses its values, {@code otherwise}. */
    public <R> R build(String group, Function<Resolution, R> record, R otherwise) {
        try {
            return record.apply(this);
        } catch (InvalidSettings e) {
            note(group, e);
            return otherwise;
        }
    }

    private void note(String group, InvalidSettings refused) {
        for (Problem problem : refused.problems()) {
            String path = group + "." + problem.key();
            Value value = values.covering(path);
            if (value == null) {
                implied.add(values.lineAround(path), path, problem.message());
            } else {
                refuse(
                        value,
                        String.format(
                                Locale.ROOT, "is %s; it must be %s", Node.shown(value.text()), problem.expected()));
            }
        }
    }
}
