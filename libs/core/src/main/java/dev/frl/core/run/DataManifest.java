package dev.frl.core.run;

import dev.frl.core.errors.Tally;
import dev.frl.core.settings.Part;
import java.util.List;
import java.util.Locale;

/**
 * Samples per class that a run's trainer found in its split. The sum of all shards must equal it, class by class.
 *
 * @param classNames names of the classes, by label
 * @param validation validation samples of each class
 * @param test test samples of each class
 */
public record DataManifest(List<String> classNames, List<Long> validation, List<Long> test) {
    public DataManifest {
        classNames = List.copyOf(classNames);
        validation = List.copyOf(validation);
        test = List.copyOf(test);
        if (classNames.isEmpty() || validation.size() != classNames.size() || test.size() != classNames.size()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%d class names, but counts of %d and %d classes",
                    classNames.size(),
                    validation.size(),
                    test.size()));
        }
    }

    public int classes() {
        return classNames.size();
    }

    /** Samples of each class in this part. */
    public List<Long> of(Part part) {
        return part == Part.VALIDATION ? validation : test;
    }

    /** Whether the tally holds exactly the samples of this part. */
    public boolean matches(Part part, Tally tally) {
        if (tally.classes() != classes()) {
            return false;
        }
        for (int i = 0; i < classes(); i++) {
            if (tally.seen(i) != of(part).get(i)) {
                return false;
            }
        }
        return true;
    }
}
