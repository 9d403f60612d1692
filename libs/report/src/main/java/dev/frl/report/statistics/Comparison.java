package dev.frl.report.statistics;

import dev.frl.core.checkpoint.Selection;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunHistory;
import dev.frl.core.settings.Part;
import dev.frl.core.settings.RunSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A comparison of runs: the arms, the weights they started from, and the difference of each arm from its control. The order of
 * the given runs does not matter.
 */
public final class Comparison {
    private final List<String> classNames;
    private final List<RunHistory> warmStarts;
    private final List<Arm> arms;
    private final List<Before> before;

    private Comparison(List<String> classNames, List<RunHistory> warmStarts, List<Arm> arms, List<Before> before) {
        this.classNames = classNames;
        this.warmStarts = warmStarts;
        this.arms = arms;
        this.before = before;
    }

    /**
     * Errors of the weights that arms started from.
     *
     * @param label short label
     * @param what the start and the images, in words
     * @param outcome the errors
     */
    public record Before(String label, String what, Outcome outcome) {}

    /** One comparison for each list of classes, at least one; runs without classes yet belong to the first. */
    public static List<Comparison> byClasses(List<RunHistory> runs) {
        Map<List<String>, List<RunHistory>> groups = new LinkedHashMap<>();
        for (RunHistory run : runs) {
            if (!run.classNames().isEmpty()) {
                groups.computeIfAbsent(run.classNames(), k -> new ArrayList<>()).add(run);
            }
        }
        if (groups.isEmpty()) {
            groups.put(List.of(), new ArrayList<>());
        }
        for (RunHistory run : runs) {
            if (run.classNames().isEmpty()) {
                groups.values().iterator().next().add(run);
            }
        }
        return groups.values().stream().map(Comparison::of).toList();
    }

    /**
     * @param runs of one experiment or several, warm start runs included
     * @throws IllegalArgumentException if they have different classes
     */
    public static Comparison of(List<RunHistory> runs) {
        List<RunHistory> sorted = runs.stream().sorted(READING_ORDER).toList();
        var warmStarts = sorted.stream().filter(r -> r.plan().warmStart()).toList();
        var groups = new LinkedHashMap<Grouping.ArmKey, List<RunHistory>>();
        for (RunHistory run : sorted) {
            if (!run.plan().warmStart()) {
                groups.computeIfAbsent(Grouping.armKey(run.plan()), k -> new ArrayList<>())
                        .add(run);
            }
        }
        List<String> labels = Grouping.uniqueLabels(groups.values());
        var arms = new ArrayList<Arm>();
        for (List<RunHistory> group : groups.values()) {
            arms.add(new Arm(
                    labels.get(arms.size()),
                    group.get(0).plan().settings().fairness().policy(),
                    group,
                    after(group),
                    tested(group, Selection.BEST)));
        }
        return new Comparison(commonClassNames(sorted), warmStarts, List.copyOf(arms), before(arms, warmStarts));
    }

    private static final Comparator<RunHistory> READING_ORDER = Comparator.<RunHistory>comparingInt(
                    r -> r.plan().settings().fairness().policy().ordinal())
            .thenComparing(r -> r.plan().experiment(), Grouping::naturalOrder)
            .thenComparing(r -> r.plan().settings().training().method())
            .thenComparing(r -> Grouping.label(r.plan()), Grouping::naturalOrder)
            .thenComparing(r -> r.plan().settings().training().seed())
            .thenComparing(r -> r.plan().settings().dataset().split().seed())
            .thenComparing(r -> r.plan().runId());

    private static List<String> commonClassNames(List<RunHistory> runs) {
        var all = runs.stream()
                .map(RunHistory::classNames)
                .filter(names -> !names.isEmpty())
                .distinct()
                .toList();
        if (all.size() > 1) {
            throw new IllegalArgumentException(
                    "these runs have different classes, so they cannot be compared class by class: "
                            + all.stream().map(Object::toString).collect(Collectors.joining(" and ")));
        }
        return all.isEmpty() ? List.of() : all.get(0);
    }

    private static @Nullable Outcome after(List<RunHistory> runs) {
        Outcome tested = tested(runs, Selection.LAST);
        return tested != null ? tested : lastValidation(runs);
    }

    private static @Nullable Outcome tested(List<RunHistory> runs, Selection weights) {
        var measured = new ArrayList<Outcome.OfRun>();
        for (RunHistory run : runs) {
            run.testEvent(weights).ifPresent(t -> measured.add(ofRun(run, t)));
        }
        return measured.isEmpty() ? null : new Outcome(Part.TEST, false, measured);
    }

    private static Outcome.OfRun ofRun(RunHistory run, TestEvaluated test) {
        return new Outcome.OfRun(run.plan().runId(), Grouping.seeds(run.plan()), test.epoch(), test.errors());
    }

    private static Outcome.OfRun ofRun(RunHistory run, EpochEvaluated evaluated) {
        return new Outcome.OfRun(run.plan().runId(), Grouping.seeds(run.plan()), evaluated.epoch(), evaluated.errors());
    }

    /** Validation after the last epoch that all evaluated runs have: a mean over different epochs would be meaningless. */
    private static @Nullable Outcome lastValidation(List<RunHistory> runs) {
        var evaluated = runs.stream().filter(r -> lastEvaluated(r) >= 1).toList();
        int epoch = evaluated.stream().mapToInt(Comparison::lastEvaluated).min().orElse(0);
        var measured = new ArrayList<Outcome.OfRun>();
        for (RunHistory run : evaluated) {
            EpochEvaluated e = run.evaluated().get(epoch);
            if (e != null) {
                measured.add(ofRun(run, e));
            }
        }
        return measured.isEmpty() ? null : new Outcome(Part.VALIDATION, true, measured);
    }

    private static int lastEvaluated(RunHistory run) {
        return run.evaluated().keySet().stream().mapToInt(e -> e).max().orElse(-1);
    }

    private static List<Before> before(List<Arm> arms, List<RunHistory> warmStarts) {
        var warmStartById = new TreeMap<String, RunHistory>();
        warmStarts.forEach(w -> warmStartById.put(w.plan().runId(), w));
        var tested = new LinkedHashMap<RunSettings, Map<Outcome.SeedPair, Outcome.OfRun>>();
        var evaluated = new LinkedHashMap<RunSettings, Map<Outcome.SeedPair, Outcome.OfRun>>();
        for (Arm arm : arms) {
            for (RunHistory run : arm.runs()) {
                String id = run.plan().warmStartRun();
                RunHistory warmStart = id == null ? null : warmStartById.get(id);
                RunSettings key = Grouping.comparable(
                        (warmStart == null ? run : warmStart).plan().settings());
                Optional<TestEvaluated> test =
                        warmStart == null ? Optional.empty() : warmStart.testEvent(Selection.LAST);
                EpochEvaluated start = run.evaluated().get(0);
                if (warmStart != null && test.isPresent()) {
                    bySeed(tested, key).putIfAbsent(Grouping.seeds(warmStart.plan()), ofRun(warmStart, test.get()));
                } else if (run.plan().settings().warmStart() != null && start != null) {
                    bySeed(evaluated, key).putIfAbsent(Grouping.seeds(run.plan()), ofRun(run, start));
                }
            }
        }
        var all = new ArrayList<Before>();
        tested.values().forEach(runs -> all.add(beforeOf(all.size(), Part.TEST, runs, "warm start, test images")));
        evaluated.forEach((settings, runs) -> all.add(beforeOf(all.size(), Part.VALIDATION, runs, startOf(settings))));
        return List.copyOf(all);
    }

    private static <K> Map<Outcome.SeedPair, Outcome.OfRun> bySeed(
            Map<K, Map<Outcome.SeedPair, Outcome.OfRun>> groups, K key) {
        return groups.computeIfAbsent(key, k -> new LinkedHashMap<>());
    }

    private static Before beforeOf(int index, Part part, Map<Outcome.SeedPair, Outcome.OfRun> runs, String what) {
        String label = index == 0 ? "before" : "before (" + (index + 1) + ")";
        return new Before(label, what, new Outcome(part, false, List.copyOf(runs.values())));
    }

    private static String startOf(RunSettings settings) {
        // The settings are the warm-start run's own where it is known; it has no warm start itself.
        String start = settings.warmStart() == null
                ? "warm start"
                : settings.warmStart().map(checkpoint -> "checkpoint", pretrained -> "warm start");
        return start + ", validation images of epoch 0";
    }

    /** Names of the classes, by label; empty until an epoch is announced. */
    public List<String> classNames() {
        return classNames;
    }

    public List<RunHistory> warmStarts() {
        return warmStarts;
    }

    /** All arms, controls first. */
    public List<Arm> arms() {
        return arms;
    }

    /** Starts of the arms: usually one, several if the arms start differently, none for random initial weights. */
    public List<Before> before() {
        return before;
    }

    /** The arm with policy {@code none} whose other settings are equal to those of this arm. */
    public Optional<Arm> controlOf(Arm arm) {
        if (arm.isControl()) {
            return Optional.empty();
        }
        RunSettings wanted = Grouping.comparable(arm.first().plan().settings());
        var variant = Grouping.variantWithoutSeeds(arm.first().plan());
        variant.remove("fairness.policy");
        return arms.stream()
                .filter(Arm::isControl)
                .filter(a -> Grouping.comparable(a.first().plan().settings()).equals(wanted))
                .min(Comparator.<Arm>comparingInt(a -> sameExperiment(a, arm) ? 0 : 1)
                        .thenComparingInt(a -> sharesVariant(a, variant) ? 0 : 1));
    }

    private static boolean sameExperiment(Arm a, Arm b) {
        return a.first().plan().experimentId().equals(b.first().plan().experimentId());
    }

    private static boolean sharesVariant(Arm control, Map<String, String> variant) {
        var own = Grouping.variantWithoutSeeds(control.first().plan());
        own.remove("fairness.policy");
        return own.equals(variant);
    }

    /** Difference of the arm from its control: on test images if both were tested, else on validation images so far. */
    public Change change(Arm arm) {
        if (arm.isControl()) {
            return Change.none("This arm is itself a control.");
        }
        Arm control = controlOf(arm).orElse(null);
        if (control == null) {
            return Change.none(
                    "There is no equally long run with policy none and otherwise equal settings, so the effect of the"
                            + " policy cannot be separated from the effect of the additional epochs.");
        }
        List<Change.Pair> tests = new ArrayList<>();
        List<Change.Pair> validations = new ArrayList<>();
        for (RunHistory run : arm.runs()) {
            sameSeeds(control, run).ifPresent(other -> {
                pairOfTests(other, run).ifPresent(tests::add);
                pairOfValidations(other, run).ifPresent(validations::add);
            });
        }
        if (!tests.isEmpty()) {
            return new Change(tests, false, "");
        }
        return validations.isEmpty()
                ? Change.none("No seed was evaluated both in this arm and in its control.")
                : new Change(validations, true, "");
    }

    private static Optional<RunHistory> sameSeeds(Arm control, RunHistory run) {
        return control.runs().stream()
                .filter(r -> Grouping.seeds(r.plan()).equals(Grouping.seeds(run.plan())))
                .findFirst();
    }

    private static Optional<Change.Pair> pairOfTests(RunHistory control, RunHistory run) {
        return control.test(Selection.LAST)
                .flatMap(c -> run.test(Selection.LAST).map(r -> new Change.Pair(c, r)));
    }

    private static Optional<Change.Pair> pairOfValidations(RunHistory control, RunHistory run) {
        int epoch = Math.min(lastEvaluated(control), lastEvaluated(run));
        EpochEvaluated c = control.evaluated().get(epoch);
        EpochEvaluated r = run.evaluated().get(epoch);
        return epoch < 1 || c == null || r == null
                ? Optional.empty()
                : Optional.of(new Change.Pair(c.errors(), r.errors()));
    }
}
