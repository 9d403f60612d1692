package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.choice;

import dev.frl.spec.key.Key;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;

/** {@code spec.preset}. */
public final class PresetKeys {
    private PresetKeys() {}

    static final Section SECTION = new Section();
    private static final Group SPEC = SECTION.group("spec", "What is run.");

    public static final Key<Preset> PRESET = SPEC.key("preset", choice(Preset.class))
            .means(
                    "Published settings by name; see [Presets](#presets). A preset fills in what the spec leaves out; the spec"
                            + " wins.");
}
