package dev.frl.cli.context;

import dev.frl.spec.tree.Suggestions;
import java.util.List;
import java.util.Locale;

/** Checks names that users type. */
public final class KnownNames {
    private KnownNames() {}

    /**
     * @param what kind of the name, such as {@code data set}
     * @throws CliException usage, if the name is not known
     */
    public static void require(String what, String name, List<String> known) {
        if (!known.contains(name)) {
            throw CliException.usage(String.format(
                    Locale.ROOT,
                    "there is no %s %s; known: %s%s",
                    what,
                    name,
                    String.join(", ", known),
                    Suggestions.nearest(name, known).stream()
                            .findFirst()
                            .map(near -> ". Did you mean " + near + "?")
                            .orElse("")));
        }
    }
}
