package dev.frl.core.run;

import dev.frl.core.checkpoint.Retention;
import dev.frl.core.settings.Range;
import dev.frl.core.settings.RunSettings;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One run as it was admitted: a point of its experiment's sweep, with all settings resolved.
 *
 * @param runId unique id; the same spec gives the same ids, so publishing a spec twice starts no run twice
 * @param experiment name of the experiment; the key of its spec
 * @param experimentId identity of the experiment: its name and a hash of its resolved runs
 * @param variant swept settings of this run: path to value as written in the spec; empty without a sweep
 * @param labels labels of the spec's metadata
 * @param priority runs of a higher priority get a trainer first
 * @param retention which of its checkpoints are kept; null for all of them
 * @param settings the resolved settings
 * @param canonicalSpec the resolved settings as canonical JSON, which is sent and hashed
 * @param specSha256 SHA-256 of {@code canonicalSpec}, 64 hex digits
 * @param warmStartRun id of the warm-start run whose weights this run starts from; null if it needs none
 * @param warmStart whether this run is a warm-start run
 */
public record RunPlan(
        String runId,
        String experiment,
        String experimentId,
        Map<String, String> variant,
        Map<String, String> labels,
        int priority,
        @Nullable Retention retention,
        RunSettings settings,
        String canonicalSpec,
        String specSha256,
        @Nullable String warmStartRun,
        boolean warmStart) {
    public static final int PRIORITY = 0;
    public static final Range PRIORITY_RANGE = Range.fromTo(-100, 100);

    public RunPlan {
        variant = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(variant));
        labels = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(labels));
    }
}
