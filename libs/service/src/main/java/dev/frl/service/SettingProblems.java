package dev.frl.service;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is wrong with the settings of a process, all of it at once: a person who mends one at a time starts it many times. */
public final class SettingProblems {
    private final List<String> problems = new ArrayList<>();

    /** Reads a setting. @return null if it is wrong; the problem is kept */
    public <T> @Nullable T read(Supplier<T> setting) {
        try {
            return setting.get();
        } catch (IllegalArgumentException e) {
            problems.add(e.getMessage() == null ? e.toString() : e.getMessage());
            return null;
        }
    }

    /** Checks a setting. */
    public void check(Runnable setting) {
        read(() -> {
            setting.run();
            return true;
        });
    }

    /** @throws IllegalArgumentException listing all problems */
    public void requireNone() {
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", new LinkedHashSet<>(problems)));
        }
    }
}
