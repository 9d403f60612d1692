package dev.frl.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.run.RunPlan;
import dev.frl.spec.group.DatasetKeys;
import dev.frl.spec.group.FairnessKeys;
import dev.frl.spec.group.Keys;
import dev.frl.spec.key.Key;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No key without a default that was tried: to write it out changes nothing, to write another value changes the run. */
class DefaultsTest {
    /** Defaults that follow from other settings, as {@link #base()} has them. */
    private static final Map<String, Object> DERIVED = Map.ofEntries(
            Map.entry("spec.dataset.split.train", 58_000),
            Map.entry("spec.dataset.split.validation", 2_000),
            Map.entry("spec.dataset.split.test", 10_000),
            Map.entry("spec.model.classes", 10),
            Map.entry("spec.training.schedule.name", "multi-step"),
            Map.entry("spec.training.augmentation.crop", 0),
            Map.entry("spec.training.augmentation.flip", false),
            Map.entry("spec.warmStart.method", "trades"),
            Map.entry("spec.warmStart.schedule.name", "multi-step"),
            Map.entry("spec.attack.training.method", "pgd"),
            Map.entry("spec.attack.training.stepSize", 0.02),
            Map.entry("spec.attack.training.loss", "kl"),
            Map.entry("spec.attack.training.start", "normal"),
            Map.entry("spec.attack.validation.norm", "linf"),
            Map.entry("spec.attack.validation.epsilon", 0.08),
            Map.entry("spec.attack.validation.stepSize", 0.02),
            Map.entry("spec.attack.test.method", "pgd"),
            Map.entry("spec.attack.test.norm", "linf"),
            Map.entry("spec.attack.test.epsilon", 0.08),
            Map.entry("spec.attack.test.stepSize", 0.02),
            Map.entry("spec.attack.test.steps", 20),
            Map.entry("spec.attack.test.loss", "cross-entropy"),
            Map.entry("spec.attack.test.start", "uniform"),
            Map.entry("spec.attack.test.restarts", 1),
            Map.entry("spec.attack.test.shards", 4),
            Map.entry("spec.fairness.tolerance", 0.1),
            Map.entry("spec.fairness.tolerance.standard", 0.1),
            Map.entry("spec.fairness.tolerance.boundary", 0.1));

    /** Keys that have no value by default, or none that shows in a run's settings. */
    private static final Set<String> APART = Set.of(
            "metadata.labels",
            "spec.preset",
            "spec.warmStart.checkpoint",
            "spec.sweep.grid",
            "spec.sweep.seeds",
            "spec.sweep.parallelRuns",
            "spec.sweep.maxFailedRuns",
            "spec.sweep.random.points",
            "spec.sweep.random.space",
            "spec.sweep.constraints.averageRobust",
            "spec.sweep.constraints.averageClean");

    /** With the groups that are absent by default. */
    private static Map<String, Object> base() {
        return Trees.of(Map.ofEntries(
                Map.entry("apiVersion", "frl.dev/v1alpha1"),
                Map.entry("kind", "Experiment"),
                Map.entry("metadata.name", "defaults"),
                Map.entry("spec.dataset.name", "fashion-mnist"),
                Map.entry("spec.model.arch", "cnn-small"),
                Map.entry("spec.attack.training.epsilon", 0.08),
                Map.entry("spec.fairness.policy", "frl-reweight"),
                Map.entry("spec.warmStart", new LinkedHashMap<>()),
                Map.entry("spec.training.averaging", new LinkedHashMap<>()),
                Map.entry("spec.checkpoints.keep", new LinkedHashMap<>()),
                Map.entry("spec.training.schedule.name", "multi-step")));
    }

    /** The same for a key of the mixture, which only what is drawn from one has; and for a key of a sweep, with one. */
    static Map<String, Object> base(Key<?> key) {
        if (key.path().startsWith("spec.sweep.")) {
            var tree = base();
            Trees.put(tree, "spec.sweep.random.points", 1);
            Trees.put(
                    tree,
                    "spec.sweep.random.space",
                    Map.of("training.optimizer.learningRate", Map.of("logUniform", List.of(1e-6, 10))));
            if (key.path().startsWith("spec.sweep.asha.")) {
                Trees.put(tree, "spec.sweep.random.points", 2); // successive halving compares points
                Trees.put(tree, "spec.sweep.asha", new LinkedHashMap<>());
            }
            return tree;
        }
        return key.group().equals(DatasetKeys.MIXTURE_D.group()) ? mixtureBase() : base();
    }

    private static Map<String, Object> mixtureBase() {
        var tree = base();
        Trees.put(tree, "spec.dataset.name", "gaussian-mixture");
        Trees.put(tree, "spec.model.arch", "cnn-bn");
        return tree;
    }

    static Stream<Key<?>> keysWithDefaults() {
        return Keys.TABLE.all().stream()
                .filter(k -> !k.isRequired() && !APART.contains(k.path()) && !k.equals(FairnessKeys.POLICY));
    }

    private static Object defaultOf(Key<?> key) {
        Object derived = DERIVED.get(key.path());
        if (derived != null) {
            return derived;
        }
        assertThat(key.fallback())
                .as(key.path() + " needs a default, here or in its table")
                .isNotNull();
        String text = key.fallbackDoc().replace("`", "");
        return Trees.parse(text);
    }

    @ParameterizedTest
    @MethodSource("keysWithDefaults")
    void writing_a_default_out_changes_nothing(Key<?> key) {
        // Given
        var without = plan(base(key));
        var tree = base(key);
        Trees.put(tree, key.path(), defaultOf(key));

        // When
        var with = plan(tree);

        // Then
        assertThat(with).as(key.path()).isEqualTo(without);
    }

    private static ExperimentPlan plan(Map<String, Object> tree) {
        return assertThat(Specs.read(tree))
                .asInstanceOf(InstanceOfAssertFactories.type(Admission.Admitted.class))
                .actual()
                .plan();
    }

    @Test
    void a_derived_default_that_is_tested_is_still_a_key() {
        assertThat(Keys.TABLE.all()).extracting(Key::path).containsAll(DERIVED.keySet());
    }

    @Test
    void policy_is_none_by_default_and_averaging_makes_the_schedule_constant() {
        // When
        var plain = Trees.run(Trees.minimal()).settings();
        var tree = Trees.minimal();
        Trees.put(tree, "spec.training.averaging", new LinkedHashMap<>());
        var averaged = Trees.run(tree).settings();

        // Then
        assertThat(plain.fairness().policy().label()).isEqualTo("none");
        assertThat(plain.warmStart()).isNull();
        assertThat(plain.training().averaging()).isNull();
        assertThat(plain.training().schedule().milestones()).containsExactly(0.6, 0.85);
        assertThat(averaged.training().schedule().milestones()).isEmpty();
    }

    /** Values that differ from the defaults and are valid. */
    private static final Map<String, Object> OTHER = other();

    private static Map<String, Object> other() {
        var values = new HashMap<String, Object>();
        values.put("spec.dataset.split.seed", 7);
        values.put("spec.dataset.split.method", "last-per-class");
        values.put("spec.training.augmentation.crop", 3);
        values.put("spec.training.method", "pgd-at");
        values.put("spec.training.averaging.every", "step");
        values.put("spec.training.averaging.evaluated", "averaged");
        values.put("spec.training.schedule.name", "constant");
        values.put("spec.training.schedule.milestones", List.of(0.5));
        values.put("spec.warmStart.schedule.name", "constant");
        values.put("spec.warmStart.schedule.milestones", List.of(0.5));
        values.put("spec.warmStart.method", "natural");
        values.put("spec.attack.training.norm", "l2");
        values.put("spec.schedule.epochDeadline", "11m");
        values.put("spec.schedule.queueDeadline", "11d");
        values.put("spec.schedule.minShardFraction", 0.5);
        for (String attack : List.of("training", "validation", "test")) {
            values.put("spec.attack." + attack + ".method", "fgsm");
            values.put("spec.attack." + attack + ".loss", attack.equals("training") ? "cross-entropy" : "kl");
            values.put("spec.attack." + attack + ".start", "clean");
        }
        return values;
    }

    @ParameterizedTest
    @MethodSource("keysWithDefaults")
    void writing_another_value_changes_the_run(Key<?> key) {
        // Given
        if (Set.of("spec.model.classes", "spec.training.optimizer.name", "metadata.generation", "spec.sweep.maxRuns")
                        .contains(key.path())
                || Set.of("spec.attack.validation.norm", "spec.attack.test.norm")
                        .contains(key.path())) {
            return; // one value only, not a part of the settings, or not to be had without a radius
        }
        Object other = otherThan(key);
        var tree = base(key);
        Trees.put(tree, key.path(), other);

        // When
        var with = plan(tree);

        // Then
        var without = plan(base(key));
        assertThat(with).as(key.path() + ": " + other).isNotEqualTo(without);
        if (key.value() != null) {
            assertThat(last(with).canonicalSpec()).isNotEqualTo(last(without).canonicalSpec());
        }
    }

    private static RunPlan last(ExperimentPlan plan) {
        return plan.runs().get(plan.runs().size() - 1);
    }

    private static Object otherThan(Key<?> key) {
        Object before = defaultOf(key);
        if (OTHER.containsKey(key.path())) {
            return OTHER.get(key.path());
        } else if (before instanceof Boolean b) {
            return !b;
        } else if (before instanceof Integer i) {
            return i == 1 ? 2 : i - 1;
        }
        return key.path().endsWith("ceiling") ? 2.5 : ((Number) before).doubleValue() * 0.5;
    }

    static Stream<Key<?>> numbers() {
        return Keys.TABLE.all().stream()
                .filter(k -> Set.of("integer", "number", "number or fraction", "duration")
                        .contains(k.type().doc()));
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void an_absurd_number_is_refused_under_its_own_path_and_nowhere_else(Key<?> key) {
        // Given
        var tree = base(key);
        Trees.put(tree, key.path(), key.type().doc().equals("duration") ? "0s" : (Object) (-7000));

        // When
        var problems = Specs.problems(new SpecReader(Specs.CATALOGUE).read(tree), key.path());

        // Then
        assertThat(problems).extracting(SpecProblem::path).containsExactly(key.path());
        assertThat(problems.get(0).message()).startsWith(key.type().doc().equals("duration") ? "is 0s" : "is -7");
    }

    @Test
    void the_canonical_text_holds_every_key_of_a_run() {
        // Given
        var expected = Keys.TABLE.all().stream()
                .map(Key::path)
                .filter(p -> p.startsWith("spec.") && !p.startsWith("spec.sweep."))
                .filter(p -> !Set.of(
                                "spec.preset",
                                "spec.model.classes",
                                "spec.fairness.tolerance",
                                "spec.warmStart.checkpoint",
                                "spec.schedule.priority",
                                "spec.checkpoints.keep.last",
                                "spec.checkpoints.keep.best")
                        .contains(p))
                .collect(Collectors.toCollection(TreeSet::new));

        var tree = mixtureBase();
        // those that are left out where they have their defaults
        Trees.put(tree, "spec.attack.validation.restarts", 2);
        Trees.put(tree, "spec.training.augmentation.flip", true);
        Keys.TABLE.all().stream().filter(Key::omitsDefault).forEach(key -> Trees.put(tree, key.path(), otherThan(key)));

        // When
        var canonical = Trees.flat(Trees.parse(Trees.run(tree).canonicalSpec()), "spec");

        // Then
        assertThat(canonical).containsExactlyElementsOf(expected);
    }
}
