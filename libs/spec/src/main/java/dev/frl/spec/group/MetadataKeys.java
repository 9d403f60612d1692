package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.INTEGER;
import static dev.frl.spec.key.ValueType.word;

import dev.frl.core.settings.Range;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;
import dev.frl.spec.key.ValueType;
import dev.frl.spec.tree.Node;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** The keys beside {@code spec}: which format this is, and what the experiment is called. */
public final class MetadataKeys {
    private MetadataKeys() {}

    /** Form of the name of an experiment. */
    public static final Pattern NAME_FORM = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    /** Form of the name of a label. */
    public static final Pattern LABEL_FORM = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?");

    public static final int MOST_LABELS = 20;
    /** Characters in the text of a label. */
    public static final int LONGEST_LABEL = 250;

    public static final Range GENERATION_RANGE = Range.atLeast(1);

    static final Section SECTION = new Section();
    private static final Group ROOT = SECTION.group("", "");

    public static final Key<String> API_VERSION =
            ROOT.key("apiVersion", word("frl.dev/v1alpha1")).required().means("Version of this format.");
    public static final Key<String> KIND =
            ROOT.key("kind", word("Experiment")).required().means("What this file describes.");

    private static final Group METADATA = SECTION.group("metadata", "What the experiment is called.");

    public static final Key<String> NAME = METADATA.key("name", ValueType.text(NAME_FORM))
            .required()
            .means(
                    "Name of the experiment, and the key of its spec on the topic: lower-case letters, digits and hyphens, at"
                            + " most 63.");
    public static final Key<Node.Mapping> LABELS = METADATA.key(
                    "labels", ValueType.labels(LABEL_FORM, MOST_LABELS, LONGEST_LABEL))
            .byDefault(new Node.Mapping(null, Map.of()))
            .means(String.format(
                    Locale.ROOT, "Up to %d texts of your own; they become tags of the tracked runs.", MOST_LABELS));
    public static final Key<Integer> GENERATION = METADATA.key("generation", INTEGER)
            .in(GENERATION_RANGE)
            .byDefault(1)
            .means("The same spec gives the same runs, and is run once. To run the same spec again, increment"
                    + " `metadata.generation`; the runs get new ids.");
}
