package dev.frl.messaging.mapping;

import dev.frl.core.checkpoint.Retention;
import dev.frl.core.run.RunPlan;
import dev.frl.core.settings.RunSettings;
import dev.frl.schemas.KeyValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Plans travel with their settings as canonical JSON; the reader of a plan takes the settings from it. */
final class PlanMapping {
    private final Function<String, RunSettings> settingsOf;

    /** @param settingsOf reads canonical JSON; throws where it breaks a rule */
    PlanMapping(Function<String, RunSettings> settingsOf) {
        this.settingsOf = settingsOf;
    }

    dev.frl.schemas.RunPlan toAvro(RunPlan plan) {
        return dev.frl.schemas.RunPlan.newBuilder()
                .setRunId(plan.runId())
                .setExperiment(plan.experiment())
                .setExperimentId(plan.experimentId())
                .setVariant(entries(plan.variant()))
                .setLabels(entries(plan.labels()))
                .setCanonicalSpec(plan.canonicalSpec())
                .setSpecSha256(plan.specSha256())
                .setWarmStartRun(plan.warmStartRun())
                .setPriority(plan.priority())
                .setRetention(toAvro(plan.retention()))
                .setWarmStart(plan.warmStart())
                .build();
    }

    RunPlan fromAvro(dev.frl.schemas.RunPlan plan) {
        return new RunPlan(
                plan.getRunId(),
                plan.getExperiment(),
                plan.getExperimentId(),
                map(plan.getVariant()),
                map(plan.getLabels()),
                plan.getPriority(),
                fromAvro(plan.getRetention()),
                settingsOf.apply(plan.getCanonicalSpec()),
                plan.getCanonicalSpec(),
                plan.getSpecSha256(),
                plan.getWarmStartRun(),
                plan.getWarmStart());
    }

    private static dev.frl.schemas.@Nullable Retention toAvro(@Nullable Retention retention) {
        return retention == null ? null : new dev.frl.schemas.Retention(retention.last(), retention.best());
    }

    private static @Nullable Retention fromAvro(dev.frl.schemas.@Nullable Retention retention) {
        return retention == null ? null : new Retention(retention.getLast(), retention.getBest());
    }

    static List<KeyValue> entries(Map<String, String> map) {
        return map.entrySet().stream()
                .map(e -> new KeyValue(e.getKey(), e.getValue()))
                .toList();
    }

    static Map<String, String> map(List<KeyValue> entries) {
        var map = new LinkedHashMap<String, String>();
        entries.forEach(e -> map.put(e.getKey(), e.getValue()));
        return map;
    }
}
