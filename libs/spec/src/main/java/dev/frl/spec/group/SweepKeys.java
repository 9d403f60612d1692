package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.FLAG;
import static dev.frl.spec.key.ValueType.INTEGER;
import static dev.frl.spec.key.ValueType.NUMBER;
import static dev.frl.spec.key.ValueType.SEED;

import dev.frl.core.experiment.ExperimentSettings;
import dev.frl.core.experiment.ExperimentSettings.AshaSettings;
import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.settings.Range;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;
import dev.frl.spec.key.ValueType;
import dev.frl.spec.tree.Node;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code spec.sweep}: many runs from one spec, and how they are carried out. */
public final class SweepKeys {
    private SweepKeys() {}

    public static final int MOST_RUNS = 10_000;
    private static final Range RUNS_RANGE = Range.fromTo(1, MOST_RUNS);
    private static final long RANDOM_SEED_BY_DEFAULT = 1;

    static final Section SECTION = new Section();
    public static final Group SWEEP = SECTION.group(
            "spec.sweep",
            "Many runs from one spec: by `grid`, by `random`, or the same settings with several seeds by `seeds`. Only the swept"
                    + " settings change what a run trains; the other keys say how the runs are carried out.");

    /** What its entries may be follows from all other keys: JSON Schema and Avro describe them. */
    public static final Key<Node.Mapping> GRID = SWEEP.key(
                    "grid",
                    ValueType.mapping(
                            "lists by path",
                            "a group of lists, such as {training.seed: [1, 2, 3]}",
                            Map.of("type", "object"),
                            ""))
            .defaultsTo("none")
            .means(String.format(
                            Locale.ROOT,
                            "Paths below `spec`, each with the list of its values; one run for every combination, at most %,d. The last path",
                            MOST_RUNS)
                    + " varies fastest.");

    public static final Key<Integer> SEEDS = SWEEP.key("seeds", INTEGER)
            .in(RUNS_RANGE)
            .defaultsTo("none: one run of each point, with `spec.training.seed`")
            .means(
                    "Number of replicas of each point. Their seeds are `spec.training.seed` of the point, that plus 1, and so on."
                            + " Excludes a swept `training.seed`.");
    public static final Key<Integer> MAX_RUNS = SWEEP.key("maxRuns", INTEGER)
            .in(RUNS_RANGE)
            .byDefault(MOST_RUNS)
            .means(
                    "Most runs that the spec may ask for, without its warm starts. A spec that asks for more is refused.");
    public static final Key<Integer> PARALLEL_RUNS = SWEEP.key("parallelRuns", INTEGER)
            .in(ExperimentSettings.PARALLEL_RUNS_RANGE)
            .defaultsTo("no limit")
            .means("Most runs of the experiment at the same time.");
    public static final Key<Integer> MAX_FAILED_RUNS = SWEEP.key("maxFailedRuns", INTEGER)
            .in(ExperimentSettings.MAX_FAILED_RUNS_RANGE)
            .defaultsTo("no limit")
            .means(
                    "Number of failed runs that the experiment survives. One more ends it, and its other runs are stopped.");

    public static final Group RANDOM = SECTION.group(
            "spec.sweep.random",
            "Points that are drawn at random, instead of a grid. The same spec draws the same points; with more points the first"
                    + " ones stay.");
    public static final Key<Integer> POINTS = RANDOM.key("points", INTEGER)
            .in(RUNS_RANGE)
            .defaultsTo("none; required in this group")
            .means("Number of points. A point that was drawn before is drawn again.");
    public static final Key<Long> SEARCH_SEED = RANDOM.key("seed", SEED)
            .byDefault(RANDOM_SEED_BY_DEFAULT)
            .means("Seed of the draws. It is not the seed of a run.");

    /** What its entries may be follows from all other keys, as in a grid. */
    public static final Key<Node.Mapping> SPACE = RANDOM.key(
                    "space",
                    ValueType.mapping(
                            "distributions by path",
                            "a group of distributions, such as {training.batchSize: {integer: [32, 256]}}",
                            Map.of("type", "object"),
                            ""))
            .defaultsTo("none; required in this group")
            .means("Paths below `spec`, each with a distribution: `uniform: [low, high]`, `logUniform: [low, high]`,"
                    + " `integer: [low, high]` with both ends, or `choice: [value, …]`.");

    public static final Group ASHA = SECTION.group(
            "spec.sweep.asha",
            "Asynchronous successive halving (Li et al., 2020): runs are compared at rungs, the epochs minEpochs · reductionᵏ below"
                    + " their last, by the robust accuracy of the worst class on validation, and a point that is not among the best"
                    + " 1 / reduction ends there. Without this group every run is trained to its last epoch; `asha: {}` takes all"
                    + " defaults.");
    public static final Key<Integer> MIN_EPOCHS = ASHA.key("minEpochs", INTEGER)
            .in(AshaSettings.MIN_EPOCHS_RANGE)
            .byDefault(AshaSettings.MIN_EPOCHS)
            .means("Epoch of the first rung; it must be below `spec.training.epochs`.");
    public static final Key<Integer> REDUCTION = ASHA.key("reduction", INTEGER)
            .in(AshaSettings.REDUCTION_RANGE)
            .byDefault(AshaSettings.REDUCTION)
            .means(
                    "η of the paper: one of so many points goes on at each rung, and the next rung is so many times as far.");
    public static final Key<Boolean> LOWER_END = ASHA.key("lowerEnd", FLAG)
            .byDefault(AshaSettings.LOWER_END)
            .means(
                    "Whether points are compared by the lower end of the interval of that accuracy instead of the accuracy itself.");

    public static final Group CONSTRAINTS =
            SECTION.group("spec.sweep.constraints", "Floors that the best point must meet; they end no run.");
    public static final Key<Double> AVERAGE_ROBUST = CONSTRAINTS
            .key("averageRobust", NUMBER)
            .in(Constraints.ACCURACY_RANGE)
            .defaultsTo("none")
            .means("Least robust accuracy over all samples, a fraction.");
    public static final Key<Double> AVERAGE_CLEAN = CONSTRAINTS
            .key("averageClean", NUMBER)
            .in(Constraints.ACCURACY_RANGE)
            .defaultsTo("none")
            .means("Least clean accuracy over all samples, a fraction.");

    /** Whether a sweep may vary what stands at the path. */
    public static boolean isSweepable(String path) {
        return path.startsWith("spec.")
                && !path.equals(SWEEP.path())
                && !path.startsWith(SWEEP.path() + ".")
                && !isOfExperiment(path)
                && Keys.TABLE.isKnown(path);
    }

    /** Whether what stands at the path is the same for all runs, and no part of their settings. */
    public static boolean isOfExperiment(String path) {
        return path.equals(DeadlineKeys.PRIORITY.path())
                || path.equals(CheckpointKeys.CHECKPOINTS.path())
                || path.startsWith(CheckpointKeys.CHECKPOINTS.path() + ".");
    }

    /** How the runs of the experiment are carried out. */
    public static ExperimentSettings settings(Resolution r) {
        var constraints = r.build(CONSTRAINTS.path(), SweepKeys::constraints);
        var asha = asha(r);
        return r.build(
                SWEEP.path(),
                g -> new ExperimentSettings(asha, constraints, orNull(g, PARALLEL_RUNS), orNull(g, MAX_FAILED_RUNS)));
    }

    private static Constraints constraints(Resolution r) {
        return new Constraints(orNull(r, AVERAGE_ROBUST), orNull(r, AVERAGE_CLEAN));
    }

    /** Null without the group. */
    private static @Nullable AshaSettings asha(Resolution r) {
        if (!r.values().hasGroup(ASHA.path())) {
            return null;
        }
        return r.build(ASHA.path(), g -> new AshaSettings(g.get(MIN_EPOCHS), g.get(REDUCTION), g.get(LOWER_END)));
    }

    @SuppressWarnings("unchecked") // values were read by their key's type
    private static <T> @Nullable T orNull(Resolution r, Key<T> key) {
        var value = r.values().at(key.path());
        return value == null ? null : (T) value.value();
    }

    /** The settings as a plain tree, as far as they decide which epochs of its runs are trained; empty for all epochs. */
    public static Map<String, Object> pruning(ExperimentSettings settings) {
        var tree = new LinkedHashMap<String, Object>();
        var asha = settings.asha();
        if (asha != null) {
            tree.put(MIN_EPOCHS.path(), asha.minEpochs());
            tree.put(REDUCTION.path(), asha.reduction());
            tree.put(LOWER_END.path(), asha.lowerEnd());
        }
        return tree;
    }
}
