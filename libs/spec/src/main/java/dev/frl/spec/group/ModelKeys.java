package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.INTEGER;

import dev.frl.core.settings.RunSettings;
import dev.frl.engine.net.Architectures;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;
import dev.frl.spec.key.ValueType;

/** {@code spec.model}: which net. */
public final class ModelKeys {
    private ModelKeys() {}

    static final Section SECTION = new Section();
    private static final Group MODEL = SECTION.group("spec.model", "Which net.");

    public static final Key<String> ARCH = MODEL.key("arch", ValueType.name(Architectures.names()))
            .required()
            .from(RunSettings::architecture)
            .means("Name of the architecture.");
    public static final Key<Integer> CLASSES = MODEL.key("classes", INTEGER)
            .defaultsTo("the data set's number of classes")
            .means("Only checked: it must be the data set's own number.");

    public static String architecture(Resolution r) {
        return r.required(ARCH, "such as cnn-small", "");
    }
}
