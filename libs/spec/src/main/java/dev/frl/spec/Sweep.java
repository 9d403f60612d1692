package dev.frl.spec;

import dev.frl.core.checkpoint.Retention;
import dev.frl.core.experiment.ExperimentSettings;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingSettings;
import dev.frl.spec.Axis.Choice;
import dev.frl.spec.Distribution.Choices;
import dev.frl.spec.group.AttackKeys;
import dev.frl.spec.group.CheckpointKeys;
import dev.frl.spec.group.DeadlineKeys;
import dev.frl.spec.group.Keys;
import dev.frl.spec.group.SweepKeys;
import dev.frl.spec.group.TrainingKeys;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Resolution.Fallbacks;
import dev.frl.spec.key.Values;
import dev.frl.spec.key.Values.Value;
import dev.frl.spec.key.ValuesReader;
import dev.frl.spec.tree.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The runs that a spec asks for and how they are carried out, from {@code spec.sweep} and what is the same for all runs. */
final class Sweep {
    /** Points that are drawn to find what is wrong with values, where the number of points itself is wrong. */
    private static final int SAMPLE = 16;

    /**
     * @param variant path below spec to value as written
     * @param values of the whole spec at this point
     */
    record Point(Map<String, String> variant, Values values) {
        Point with(Axis axis, Choice choice) {
            var longer = new LinkedHashMap<>(variant);
            longer.put(axis.path(), choice.text());
            return new Point(longer, values.with("spec." + axis.path(), choice.values()));
        }
    }

    /** Takes the points of a sweep, one after the other. */
    interface Taker {
        /** Says whether the point counts, which only matters where points {@link #isDrawn() are drawn}. */
        boolean take(List<Point> replicas);
    }

    private final Values base;
    private final Found found;
    private final ExperimentSettings settings;
    private final int priority;
    private final @Nullable Retention retention;
    private final int maxRuns;
    private final int seeds;
    private final Optional<Grid> grid;
    private final Optional<RandomSearch> random;
    private final List<Axis> axes = new ArrayList<>();
    /** Else the space says nothing of how many points there are. */
    private boolean spaceIsReadable;

    private Sweep(Values base, Found found) {
        this.base = base;
        this.found = found;
        settings = SweepKeys.settings(new Resolution(base, Fallbacks.NONE, found, found));
        priority = inRange(DeadlineKeys.PRIORITY, DeadlineKeys.PRIORITY.fallback());
        retention = CheckpointKeys.settings(new Resolution(base, Fallbacks.NONE, found, found));
        maxRuns = inRange(SweepKeys.MAX_RUNS, SweepKeys.MAX_RUNS.fallback());
        seeds = inRange(SweepKeys.SEEDS, 1);
        grid = grid();
        random = random();
        refuseNothing();
        refuseSweptSeed();
        refuseSweptEpochs();
    }

    /** What is wrong was noted; the sweep has points enough to find what else is. */
    static Sweep read(Values base, Found found) {
        return new Sweep(base, found);
    }

    ExperimentSettings settings() {
        return settings;
    }

    int priority() {
        return priority;
    }

    /** Null to keep all checkpoints. */
    @Nullable
    Retention retention() {
        return retention;
    }

    /** Key that gives the points, for problems of all of them. */
    Key<?> source() {
        return grid.isPresent() ? SweepKeys.GRID : random.isPresent() ? SweepKeys.SPACE : SweepKeys.SEEDS;
    }

    /** Whether points come from draws, which may be drawn again. */
    boolean isDrawn() {
        return grid.isEmpty() && random.isPresent();
    }

    private int inRange(Key<Integer> key, @Nullable Integer otherwise) {
        int fallback = otherwise == null ? 1 : otherwise;
        Value value = base.at(key.path());
        int given = base.get(key, fallback);
        if (value == null || key.range() == null || key.range().contains(given)) {
            return given;
        }
        found.add(
                value.line(),
                value.path(),
                String.format(
                        Locale.ROOT, "is %d; it must be %s", given, key.range().text()));
        return fallback;
    }

    private Optional<Grid> grid() {
        Value written = base.at(SweepKeys.GRID.path());
        if (written == null || !(written.value() instanceof Node.Mapping lists)) {
            return Optional.empty();
        }
        if (lists.entries().isEmpty()) {
            found.add(written.line(), written.path(), "is empty: say what to vary, or drop sweep for a single run");
        }
        var reader = new AxesReader(SweepKeys.GRID.path(), found);
        List<Axis> read = reader.read(lists, reader::list);
        axes.addAll(read);
        return Optional.of(new Grid(base, read));
    }

    private Optional<RandomSearch> random() {
        if (!base.hasGroup(SweepKeys.RANDOM.path())) {
            return Optional.empty();
        }
        if (base.at(SweepKeys.GRID.path()) != null) {
            found.add(
                    base.lineAround(SweepKeys.POINTS.path()),
                    SweepKeys.RANDOM.path(),
                    "is given, but spec.sweep.grid is too; points come from a grid or are drawn: drop one of them");
        }
        missing(SweepKeys.POINTS, "how many points to draw");
        missing(SweepKeys.SPACE, "what to draw, such as {training.optimizer.learningRate: {logUniform: [0.01, 0.3]}}");
        Value written = base.at(SweepKeys.SPACE.path());
        if (written == null || !(written.value() instanceof Node.Mapping space)) {
            return Optional.empty();
        }
        if (space.entries().isEmpty()) {
            found.add(written.line(), written.path(), "is empty: say what to draw, or drop random for a single run");
        }
        int before = found.size();
        var reader = new AxesReader(SweepKeys.SPACE.path(), found);
        List<Axis> read = reader.read(space, DistributionReader.in(reader, found));
        axes.addAll(read);
        spaceIsReadable = found.size() == before && !read.isEmpty();
        return Optional.of(new RandomSearch(base, read, base.get(SweepKeys.SEARCH_SEED, 1L)));
    }

    private void missing(Key<?> key, String what) {
        if (base.at(key.path()) == null) {
            found.add(base.lineAround(key.path()), key.path(), "is missing: " + what);
        }
    }

    private void refuseNothing() {
        if (base.hasGroup(SweepKeys.SWEEP.path())
                && !base.hasGroup(SweepKeys.RANDOM.path())
                && base.at(SweepKeys.GRID.path()) == null
                && base.at(SweepKeys.SEEDS.path()) == null) {
            found.add(
                    base.lineAround(SweepKeys.GRID.path()),
                    SweepKeys.SWEEP.path(),
                    "has nothing to vary: give it grid, random or seeds, or drop it for a single run");
        }
    }

    private void refuseSweptSeed() {
        Value written = base.at(SweepKeys.SEEDS.path());
        swept(TrainingKeys.TRAINING_SEED)
                .filter(axis -> written != null)
                .ifPresent(axis -> found.add(
                        base.line(SweepKeys.SEEDS),
                        SweepKeys.SEEDS.path(),
                        String.format(
                                Locale.ROOT, "is given, but %s sweeps the seed; drop one of them", axis.shown())));
    }

    private void refuseSweptEpochs() {
        swept(TrainingKeys.EPOCHS)
                .filter(axis -> base.hasGroup(SweepKeys.ASHA.path()))
                .ifPresent(axis -> found.add(
                        axis.line(),
                        axis.shown(),
                        String.format(
                                Locale.ROOT,
                                "sweeps the number of epochs, but %s compares runs of the same length; drop one of them",
                                SweepKeys.ASHA.path())));
    }

    private void refuseHalvingOfOne() {
        if (!base.hasGroup(SweepKeys.ASHA.path())) {
            return;
        }
        String single;
        if (isDrawn()) {
            single = base.get(SweepKeys.POINTS, 0) == 1 ? SweepKeys.POINTS.path() + " is 1" : "";
        } else if (grid.isPresent()) {
            single = grid.get().size() == 1 ? SweepKeys.GRID.path() + " gives a single one" : "";
        } else {
            single = base.at(SweepKeys.SEEDS.path()) == null ? "" : "seeds are replicas of a single one";
        }
        if (!single.isEmpty()) {
            found.add(
                    base.lineAround(SweepKeys.MIN_EPOCHS.path()),
                    SweepKeys.ASHA.path(),
                    String.format(Locale.ROOT, "compares points, but %s; sweep more, or drop asha", single));
        }
    }

    /** The axis that gives values of the key, be it within a group. */
    private Optional<Axis> swept(Key<?> key) {
        return axes.stream()
                .filter(axis -> key.path().equals("spec." + axis.path())
                        || axis.values() instanceof Choices choices
                                && choices.all().stream()
                                        .anyMatch(c -> c.values().at(key.path()) != null))
                .findFirst();
    }

    /** Hands out all points, each as its replicas. */
    void points(Taker taken) {
        refuseHalvingOfOne();
        if (isDrawn()) {
            drawn(random.orElseThrow(), taken);
            return;
        }
        var points = grid.orElseGet(() -> new Grid(base, List.of()));
        boolean fits = fits(source(), points.size());
        for (Point point : fits ? points.points() : points.oneAtATime()) {
            if (!found.isFull()) {
                taken.take(replicas(point, fits ? seeds : 1));
            }
        }
    }

    private void drawn(RandomSearch search, Taker taken) {
        Value written = base.at(SweepKeys.POINTS.path());
        int points = inRange(SweepKeys.POINTS, 1);
        boolean fits = fits(SweepKeys.POINTS, points);
        int wanted = fits ? points : Math.min(points, SAMPLE);
        long possible = search.size();
        boolean tooSmall = possible < points && spaceIsReadable;
        if (tooSmall) {
            tooSmall(written, points, possible, String.format(Locale.ROOT, "the space has only %,d", possible));
            wanted = (int) Math.min(wanted, possible);
        }
        int counted = search.draw(wanted, point -> {
            if (found.isFull()) {
                return true;
            }
            found.beginPoint(point.variant());
            return taken.take(replicas(point, fits ? seeds : 1));
        });
        found.endPoints();
        if (counted < wanted && spaceIsReadable && !tooSmall) {
            long draws = RandomSearch.mostDraws(wanted);
            tooSmall(
                    written,
                    points,
                    counted,
                    String.format(Locale.ROOT, "only %,d of at most %,d draws were different runs", counted, draws));
        }
    }

    private void tooSmall(@Nullable Value written, int points, long possible, String why) {
        found.add(
                written == null ? null : written.line(),
                SweepKeys.POINTS.path(),
                String.format(
                        Locale.ROOT,
                        "is %d, but %s; draw at most %,d, or widen %s",
                        points,
                        why,
                        possible,
                        SweepKeys.SPACE.path()));
    }

    /** Whether the points are not too many runs; else that was noted. */
    private boolean fits(Key<?> source, long points) {
        long runs = points > Long.MAX_VALUE / seeds ? Long.MAX_VALUE : points * seeds;
        if (runs <= maxRuns) {
            return true;
        }
        String each = seeds == 1 || source.equals(SweepKeys.SEEDS)
                ? ""
                : String.format(Locale.ROOT, "%,d points with %,d seeds each, ", points, seeds);
        String limit = base.at(SweepKeys.MAX_RUNS.path()) == null
                ? ": sweep less at once"
                : String.format(Locale.ROOT, " by %s: sweep less, or raise that", SweepKeys.MAX_RUNS.path());
        found.add(
                base.line(source),
                source.path(),
                String.format(Locale.ROOT, "asks for %s%,d runs; at most %,d%s", each, runs, maxRuns, limit));
        return false;
    }

    /** The point itself where {@code seeds} is not given. */
    private List<Point> replicas(Point point, int count) {
        Value written = base.at(SweepKeys.SEEDS.path());
        if (written == null) {
            return List.of(point);
        }
        long first = point.values().get(TrainingKeys.TRAINING_SEED, TrainingSettings.SEED);
        if (first > Long.MAX_VALUE - (count - 1)) {
            found.add(
                    written.line(),
                    written.path(),
                    String.format(
                            Locale.ROOT,
                            "is %d, but %s is %d, and seeds end at %d; begin with a smaller one",
                            count,
                            TrainingKeys.TRAINING_SEED.path(),
                            first,
                            Long.MAX_VALUE));
            return List.of(point);
        }
        List<Point> replicas = new ArrayList<>();
        String path = TrainingKeys.TRAINING_SEED.path();
        for (long seed = first; replicas.size() < count; seed++) {
            String text = Long.toString(seed);
            var values = ValuesReader.read(
                    Keys.TABLE, new Node.Scalar(null, seed, text), written.line(), path, written.path(), found);
            var variant = new LinkedHashMap<>(point.variant());
            variant.put(path.substring("spec.".length()), text);
            replicas.add(new Point(variant, point.values().with(path, values)));
        }
        return replicas;
    }

    /** Notes where the first rung of successive halving does not come before the last epoch of a run. */
    void checkRungs(Values values, RunSettings run) {
        var asha = settings.asha();
        int epochs = run.training().epochs();
        if (asha == null || asha.minEpochs() < epochs) {
            return;
        }
        Value written = base.at(SweepKeys.MIN_EPOCHS.path());
        Value writtenEpochs = values.at(TrainingKeys.EPOCHS.path());
        String of = writtenEpochs == null || writtenEpochs.path().equals(TrainingKeys.EPOCHS.path())
                ? TrainingKeys.EPOCHS.path()
                : writtenEpochs.path();
        found.add(
                base.line(SweepKeys.MIN_EPOCHS),
                SweepKeys.MIN_EPOCHS.path(),
                String.format(
                        Locale.ROOT,
                        "is %d%s, but %s is %d; the first rung must come before the last epoch: %s",
                        asha.minEpochs(),
                        written == null ? " by default" : "",
                        of,
                        epochs,
                        epochs == 1 ? "train for more epochs, or drop asha" : "write at most " + (epochs - 1)));
    }

    /** Notes where a run is tested with weights that it would not keep. */
    void checkRetention(Values values, RunSettings run) {
        if (retention == null || retention.best() || !run.attack().test().best()) {
            return;
        }
        Value tested = values.at(AttackKeys.BEST.path());
        found.add(
                base.line(CheckpointKeys.BEST),
                CheckpointKeys.BEST.path(),
                String.format(
                        Locale.ROOT,
                        "is false, but %s is true: the test needs the checkpoint of the best epoch; drop one",
                        tested == null ? AttackKeys.BEST.path() : tested.path()));
    }
}
