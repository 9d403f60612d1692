package dev.frl.core.experiment;

import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The experiments that are known, by name. Says which of them a message is for. Not thread-safe. */
public final class Experiments {
    private final Map<String, Map<String, ExperimentState>> byName = new HashMap<>();

    /** Adds an experiment, or replaces it. */
    public void put(ExperimentState state) {
        byName.computeIfAbsent(state.experiment(), name -> new LinkedHashMap<>())
                .put(state.experimentId(), state);
    }

    public void remove(String experiment, String experimentId) {
        var ofName = byName.getOrDefault(experiment, Map.of());
        ofName.remove(experimentId);
        if (ofName.isEmpty()) {
            byName.remove(experiment);
        }
    }

    public Collection<ExperimentState> ofName(String experiment) {
        return Collections.unmodifiableCollection(
                byName.getOrDefault(experiment, Map.of()).values());
    }

    /** The experiment of that name that was submitted last; null if there is none. */
    public @Nullable ExperimentState newest(String experiment) {
        return ofName(experiment).stream()
                .max(Comparator.comparing(ExperimentState::submittedAt).thenComparing(ExperimentState::experimentId))
                .orElse(null);
    }

    /**
     * The experiments that a message is for; empty if none is known. A run may belong to several of one name, since specs that share a
     * point share its run.
     */
    public List<ExperimentState> of(ExperimentInput input) {
        var name = input.experiment();
        if (input instanceof ExperimentInput.Submit submit) {
            var extend = submit.extend();
            return listOf(extend == null ? find(name, submit.experimentId()) : target(name, extend.target()));
        } else if (input instanceof ExperimentInput.AddRun run) {
            return listOf(ofName(name).stream()
                    .filter(state -> state.isExtendedBy(run.experimentId()))
                    .findFirst()
                    .orElse(find(name, run.experimentId())));
        } else if (input instanceof ExperimentInput.RunReported reported) {
            return ofName(name).stream()
                    .filter(state -> state.knows(reported.report().runId()))
                    .toList();
        } else if (input instanceof ExperimentInput.Ordered ordered) {
            return listOf(target(name, ordered.command().target()));
        }
        throw new IllegalStateException("an input that nobody handles: " + input);
    }

    /** A time for a submission that is later than those of all experiments of that name, so that it is the newest. */
    public Instant timeOfSubmission(String experiment, Instant now) {
        var newest = newest(experiment);
        return newest == null || now.isAfter(newest.submittedAt())
                ? now
                : newest.submittedAt().plusMillis(1);
    }

    private @Nullable ExperimentState find(String name, String experimentId) {
        return byName.getOrDefault(name, Map.of()).get(experimentId);
    }

    /** An experiment by its id, or the newest one by its name. */
    private @Nullable ExperimentState target(String name, String target) {
        var byId = find(name, target);
        return byId == null && target.equals(name) ? newest(name) : byId;
    }

    private static List<ExperimentState> listOf(@Nullable ExperimentState state) {
        return state == null ? List.of() : List.of(state);
    }
}
