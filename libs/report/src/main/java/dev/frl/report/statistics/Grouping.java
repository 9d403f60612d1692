package dev.frl.report.statistics;

import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunStatus;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.Deadlines;
import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.core.settings.TrainingSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Groups runs into arms and labels the arms. */
public final class Grouping {
    private static final String TRAINING_SEED = "training.seed";
    private static final Set<String> SEEDS = Set.of(TRAINING_SEED, "dataset.split.seed");
    private static final String POLICY = "fairness.policy";
    private static final String METHOD = "training.method";

    private Grouping() {}

    public static Outcome.SeedPair seeds(RunPlan plan) {
        var settings = plan.settings();
        return new Outcome.SeedPair(
                settings.training().seed(), settings.dataset().split().seed());
    }

    /** Equal for two runs of one arm: the experiment, and all settings except seeds and deadlines. */
    record ArmKey(String experimentId, RunSettings settings) {}

    static ArmKey armKey(RunPlan plan) {
        return new ArmKey(
                plan.experimentId(),
                withoutSeeds(plan.settings(), plan.settings().fairness()));
    }

    /** Equal for a run and its control: all settings except fairness, seeds and deadlines. */
    static RunSettings comparable(RunSettings s) {
        return withoutSeeds(s, FairnessSettings.defaults(Policy.NONE));
    }

    /** Equal for runs that differ only in training method, training attack, fairness, seeds and deadlines. */
    static RunSettings trainedAnyhow(RunSettings s) {
        var c = comparable(s);
        var t = c.training();
        var evaluation = c.attack().validation();
        return new RunSettings(
                c.dataset(),
                c.architecture(),
                new TrainingSettings(
                        TrainingMethod.NATURAL,
                        TrainingSettings.BETA,
                        t.epochs(),
                        t.batchSize(),
                        t.seed(),
                        t.optimizer(),
                        t.schedule(),
                        t.averaging()),
                c.warmStart(),
                new Attacks(evaluation.attack(), evaluation, c.attack().test()),
                c.fairness(),
                c.deadlines());
    }

    private static RunSettings withoutSeeds(RunSettings s, FairnessSettings fairness) {
        var t = s.training();
        return new RunSettings(
                new DatasetSettings(
                        s.dataset().name(),
                        s.dataset().split().withSeed(0),
                        s.dataset().mixture()),
                s.architecture(),
                new TrainingSettings(
                        t.method(),
                        t.beta(),
                        t.epochs(),
                        t.batchSize(),
                        0,
                        t.optimizer(),
                        t.schedule(),
                        t.averaging(),
                        t.augmentation()),
                s.warmStart(),
                s.attack(),
                fairness,
                Deadlines.DEFAULT);
    }

    /** Swept settings of this run, without seeds. */
    static Map<String, String> variantWithoutSeeds(RunPlan plan) {
        return withoutSeeds(plan.variant());
    }

    private static Map<String, String> withoutSeeds(Map<String, String> swept) {
        var variant = new LinkedHashMap<>(swept);
        variant.keySet().removeAll(SEEDS);
        return variant;
    }

    /**
     * {@code frl-reweight, beta=6}: the policy, if it is swept or nothing else is, and all other swept settings. Policy and
     * method are written without their keys.
     */
    public static String label(RunPlan plan) {
        return label(plan.variant(), plan.settings().fairness().policy().label());
    }

    /** The same of a run of which only the status is known. */
    public static String label(RunStatus run) {
        return label(run.variant(), run.policy());
    }

    /** Variant of a run's point: its swept settings but the training seed. A swept split seed makes points of their own. */
    static Map<String, String> pointVariant(Map<String, String> swept) {
        var variant = new LinkedHashMap<>(swept);
        variant.remove(TRAINING_SEED);
        return variant;
    }

    /** Name of a point, such as {@code frl-reweight, beta=6, split.seed=1}. */
    public static String pointName(Map<String, String> swept) {
        var variant = new TreeMap<>(pointVariant(swept));
        String policy = variant.remove(POLICY);
        return variant.isEmpty() && policy == null ? "the only point" : label(variant, policy);
    }

    private static String label(Map<String, String> swept, String policy) {
        var variant = new TreeMap<>(withoutSeeds(swept));
        boolean policyVaries = variant.remove(POLICY) != null;
        return label(variant, policyVaries || variant.isEmpty() ? policy : null);
    }

    private static String label(TreeMap<String, String> variant, @Nullable String policy) {
        var parts = new ArrayList<String>();
        if (policy != null) {
            parts.add(policy);
        }
        String method = variant.remove(METHOD);
        if (method != null) {
            parts.add(method);
        }
        variant.forEach((path, value) -> parts.add(path.substring(path.indexOf('.') + 1) + "=" + value));
        return String.join(", ", parts);
    }

    /** Labels for arms, which may come from several experiments; all labels differ. */
    static List<String> uniqueLabels(Collection<List<RunHistory>> arms) {
        boolean severalExperiments = arms.stream()
                        .map(a -> a.get(0).plan().experimentId())
                        .distinct()
                        .count()
                > 1;
        var labels = new ArrayList<String>();
        for (List<RunHistory> arm : arms) {
            RunPlan plan = arm.get(0).plan();
            String label = severalExperiments ? plan.experiment() + ": " + label(plan) : label(plan);
            String unique = label;
            for (int n = 2; labels.contains(unique); n++) {
                unique = label + " (" + n + ")";
            }
            labels.add(unique);
        }
        return labels;
    }

    /** Orders text by the numbers in it: beta=2 before beta=10. */
    static int naturalOrder(String a, String b) {
        String[] left = a.split("(?<=\\d)(?!\\d)|(?<!\\d)(?=\\d)", -1);
        String[] right = b.split("(?<=\\d)(?!\\d)|(?<!\\d)(?=\\d)", -1);
        for (int i = 0; i < Math.min(left.length, right.length); i++) {
            boolean numbers = isNumber(left[i]) && isNumber(right[i]);
            int order = numbers
                    ? Long.compare(Long.parseLong(left[i]), Long.parseLong(right[i]))
                    : left[i].compareTo(right[i]);
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(left.length, right.length);
    }

    private static boolean isNumber(String s) {
        return !s.isEmpty() && s.length() < 18 && s.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
