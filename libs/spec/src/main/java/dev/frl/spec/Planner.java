package dev.frl.spec;

import dev.frl.core.checkpoint.Retention;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.experiment.ExperimentPlan.Point;
import dev.frl.core.experiment.ExperimentSettings;
import dev.frl.core.run.RunPlan;
import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingSettings;
import dev.frl.core.settings.WarmStart.Pretrained;
import dev.frl.spec.group.MethodName;
import dev.frl.spec.group.SweepKeys;
import dev.frl.spec.tree.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Settled runs of a sweep to plans, with the warm starts that they share. */
final class Planner {
    private static final int HASH = 8;
    private static final int MAX_ID = 100;

    /** @param canonicalSpec of the settings */
    record Settled(Map<String, String> variant, RunSettings settings, String canonicalSpec) {}

    private static final String SEED = "training.seed";

    private final Header header;
    private final int priority;
    private final @Nullable Retention retention;
    private final String experimentId;
    private final Map<String, RunPlan> warmStarts = new LinkedHashMap<>();
    private final Set<String> ids = new HashSet<>();

    private Planner(Header header, int priority, @Nullable Retention retention, String experimentId) {
        this.header = header;
        this.priority = priority;
        this.retention = retention;
        this.experimentId = experimentId;
    }

    /** @param runs in the order of the sweep */
    static ExperimentPlan plan(
            Header header,
            int priority,
            @Nullable Retention retention,
            ExperimentSettings settings,
            List<Settled> runs) {
        String id = header.name() + "-" + hash(identity(header, settings, runs), HASH);
        var planner = new Planner(header, priority, retention, id);
        Map<Map<String, String>, List<RunPlan>> replicas = new LinkedHashMap<>();
        runs.forEach(run -> replicas.computeIfAbsent(withoutSeed(run.variant()), v -> new ArrayList<>())
                .add(planner.run(run)));
        List<Point> points = new ArrayList<>();
        replicas.forEach((variant, of) -> points.add(new Point(variant, of)));
        return new ExperimentPlan(
                header.name(),
                id,
                header.generation(),
                header.labels(),
                settings,
                List.copyOf(planner.warmStarts.values()),
                points);
    }

    /** What is trained, and how far: not what only says when, such as priorities and limits. */
    private static String identity(Header header, ExperimentSettings settings, List<Settled> runs) {
        var whole = new StringBuilder().append(header.generation());
        runs.forEach(run -> whole.append('\n').append(run.canonicalSpec()));
        var pruning = SweepKeys.pruning(settings);
        if (!pruning.isEmpty()) {
            whole.append('\n').append(Json.compact(pruning));
        }
        return whole.toString();
    }

    private static Map<String, String> withoutSeed(Map<String, String> variant) {
        var rest = new LinkedHashMap<>(variant);
        rest.remove(SEED);
        return rest;
    }

    private RunPlan run(Settled point) {
        String warmStart = Optional.ofNullable(point.settings().warmStart())
                .flatMap(w -> w.<Optional<String>>map(
                        checkpoint -> Optional.empty(), p -> Optional.of(warmStart(point.settings(), p))))
                .orElse(null);
        String identity = header.name() + "\n" + header.generation() + "\n" + point.canonicalSpec();
        String id = id(header.name(), slug(point.variant()), identity);
        return plan(id, point.variant(), point.settings(), point.canonicalSpec(), warmStart, false);
    }

    /** Its id depends on nothing but what it trains, so that experiments share it as well. */
    private String warmStart(RunSettings of, Pretrained warmStart) {
        RunSettings settings = warmStartSettings(of, warmStart);
        String canonical = CanonicalSpec.write(settings);
        return warmStarts
                .computeIfAbsent(canonical, c -> {
                    String what = slug(of.dataset().name()) + "-" + slug(of.architecture());
                    return plan(id("warm", what, canonical), Map.of(), settings, canonical, null, true);
                })
                .runId();
    }

    /** What a run's warm start is, as a run of its own. */
    static RunSettings warmStartSettings(RunSettings of, Pretrained warmStart) {
        TrainingSettings t = of.training();
        Attacks a = of.attack();
        return new RunSettings(
                of.dataset(),
                of.architecture(),
                t.forWarmStart(warmStart),
                null,
                new Attacks(
                        innerAttack(a.training(), t, warmStart),
                        a.validation(),
                        a.test().withBest(false)),
                FairnessSettings.defaults(Policy.NONE),
                of.deadlines());
    }

    /** The run's own; but where the methods differ, what was left to the run's method is left to the warm start's. */
    private static AttackSettings innerAttack(AttackSettings a, TrainingSettings t, Pretrained warmStart) {
        if (t.method() == warmStart.method()) {
            return a;
        }
        var left = Arrays.stream(MethodName.values())
                .filter(name -> name.method() == t.method())
                .map(name -> name.attack(a.norm(), a.epsilon()))
                .filter(before -> a.loss() == before.loss() && a.start() == before.start())
                .toList();
        if (left.isEmpty()) {
            return a;
        }
        var after = MethodName.of(warmStart.method()).attack(a.norm(), a.epsilon());
        boolean methodLeft = left.stream().anyMatch(before -> a.method() == before.method());
        return new AttackSettings(
                methodLeft ? after.method() : a.method(),
                a.norm(),
                after.loss(),
                a.epsilon(),
                a.stepSize(),
                a.steps(),
                after.start());
    }

    private RunPlan plan(
            String id,
            Map<String, String> variant,
            RunSettings settings,
            String canonical,
            @Nullable String warmStartRun,
            boolean warmStart) {
        return new RunPlan(
                id,
                header.name(),
                experimentId,
                variant,
                header.labels(),
                priority,
                retention,
                settings,
                canonical,
                CanonicalSpec.sha256(canonical),
                warmStartRun,
                warmStart);
    }

    /** Readable, and unique by its hash; of two that still agree the second takes a longer hash. */
    private String id(String begin, String middle, String identity) {
        for (int digits = HASH; ; digits += HASH) {
            String tail = "-" + hash(identity, digits);
            String head = middle.isEmpty() ? begin : begin + "-" + middle;
            String id = trimmed(head, MAX_ID - tail.length()) + tail;
            if (ids.add(id)) {
                return id;
            }
        }
    }

    /** As {@code none-s1}: values, with the name of the setting where the value alone says little. */
    private static String slug(Map<String, String> variant) {
        List<String> parts = new ArrayList<>();
        variant.forEach((path, value) -> {
            String name = path.equals(SEED) ? "s" : path.substring(path.lastIndexOf('.') + 1) + "-";
            boolean word = value.matches("[a-z][a-z0-9-]*") && !value.matches("true|false|null");
            parts.add(slug(word ? value : name + value));
        });
        return String.join("-", parts);
    }

    private static String slug(String text) {
        String slug =
                text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
        return trimmed(slug, 24);
    }

    private static String trimmed(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length).replaceAll("-+$", "");
    }

    private static String hash(String identity, int digits) {
        return CanonicalSpec.sha256(identity).substring(0, digits);
    }
}
