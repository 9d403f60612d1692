package dev.frl.core.run;

import dev.frl.core.settings.RunSettings;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One run as it was admitted: a point of its experiment's sweep, with everything resolved.
 *
 * @param runId unique; the same spec gives the same ids, so publishing a spec twice starts nothing twice
 * @param experiment name of the experiment; the key of its spec
 * @param experimentId identity of the experiment: its name and a hash of its resolved runs
 * @param variant what sets this run apart within its sweep, setting path to value as written; empty outside a sweep
 * @param labels of the spec's metadata
 * @param settings resolved
 * @param canonicalSpec the settings as canonical JSON: what travels, and what is hashed
 * @param specSha256 of {@code canonicalSpec}, 64 hex digits
 * @param warmStartRun id of the run whose end this run begins from; null if it needs none
 * @param warmStart whether this run is such a warm start for others
 */
public record RunPlan(
        String runId,
        String experiment,
        String experimentId,
        Map<String, String> variant,
        Map<String, String> labels,
        RunSettings settings,
        String canonicalSpec,
        String specSha256,
        @Nullable String warmStartRun,
        boolean warmStart) {
    public RunPlan {
        variant = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(variant));
        labels = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(labels));
    }
}
