package dev.frl.recorder;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a recorder has not recorded yet. The run log keeps it.
 *
 * @param recorder name of the recorder
 * @param trouble why it can record nothing; null if it can be reached
 * @param behind runs and experiments that it refuses, and runs that a user deleted there, with the reasons
 */
public record Unrecorded(String recorder, @Nullable String trouble, Map<String, String> behind) {
    public Unrecorded {
        behind = Map.copyOf(behind);
    }

    boolean isNothing() {
        return trouble == null && behind.isEmpty();
    }
}
