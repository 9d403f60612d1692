package dev.frl.core.experiment;

import static dev.frl.core.experiment.ExperimentBench.ID;
import static dev.frl.core.experiment.ExperimentBench.NAME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.command.Verb;
import dev.frl.core.experiment.ExperimentEvent.Ended;
import dev.frl.core.experiment.ExperimentEvent.ExtensionBegun;
import dev.frl.core.experiment.ExperimentEvent.PointJudged;
import dev.frl.core.experiment.ExperimentEvent.RunAllowed;
import dev.frl.core.experiment.ExperimentEvent.RunHandedOut;
import dev.frl.core.experiment.ExperimentSettings.AshaSettings;
import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.experiment.SlowAsha.Curve;
import dev.frl.core.experiment.SlowAsha.Judgement;
import dev.frl.core.experiment.SlowAsha.Point;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunReport;
import dev.frl.core.run.RunReport.Score;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An experiment and its runs, with runs of random speeds that fail, messages in flight, a controller that restarts, inputs that come
 * twice, and users who pause, stop, kill, resume, retry and extend. Everything is drawn from one seed; a failure names it, and
 * {@code new World(seed, …)} repeats it step by step.
 *
 * <p>After every input the facts of the store add up to the experiment's state, as {@link ExperimentBench} checks. At the end the
 * decisions are those of {@link SlowAsha}, and the same as without any trouble.
 */
class ExperimentSimulationTest {
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void the_decisions_are_the_same_whatever_happens_on_the_way(long seed) {
        // Given
        var spec = Spec.draw(new SplittableRandom(seed));
        var undisturbed = new World(seed, spec, false);
        undisturbed.simulate();

        // When
        var disturbed = new World(seed, spec, true);
        disturbed.simulate();

        // Then
        assertThat(undisturbed.judgements())
                .as("seed %d: %s", seed, spec)
                .isEqualTo(spec.reference().judgements());
        assertThat(disturbed.judgements()).as("seed %d", seed).isEqualTo(undisturbed.judgements());
        var end = undisturbed.end();
        var other = disturbed.end();
        assertThat(other.outcome()).as("seed %d", seed).isEqualTo(end.outcome());
        assertThat(other.best()).as("seed %d", seed).isEqualTo(end.best());
        assertThat(other.reason()).as("seed %d", seed).isEqualTo(end.reason());
    }

    static LongStream seeds() {
        return LongStream.range(0, 1000);
    }

    /** What is submitted: some points at first, and all of them by an extension. */
    private record Spec(ExperimentSettings settings, List<RunPlan> runs, int runsAtFirst, Map<String, Curve> curves) {
        static Spec draw(SplittableRandom random) {
            int minEpochs = 1 + random.nextInt(2);
            int reduction = 2 + random.nextInt(2);
            int points = 1 + random.nextInt(9);
            int seeds = 1 + random.nextInt(3);
            int pointsAtFirst = 1 + random.nextInt(points);
            var runs = new ArrayList<RunPlan>();
            var curves = new TreeMap<String, Curve>();
            for (int point = 0; point < points; point++) {
                int epochs = random.nextInt(5) == 0 ? 1 + random.nextInt(4) : 9 + random.nextInt(8);
                for (int s = 0; s < seeds; s++) {
                    var run = ExperimentBench.run(point, s, epochs, random.nextInt(3) == 0 ? "warm" : null);
                    runs.add(run);
                    boolean fails = random.nextInt(6) == 0;
                    var scores = IntStream.rangeClosed(0, epochs)
                            .mapToObj(epoch -> random.nextInt(20) / 20.0) // some are equal
                            .toList();
                    curves.put(run.runId(), new Curve(fails ? random.nextInt(epochs) : epochs, scores));
                }
            }
            var asha = new AshaSettings(minEpochs, reduction, false);
            var settings = new ExperimentSettings(
                    asha, new Constraints(0.3, null), random.nextInt(3) == 0 ? null : 1 + random.nextInt(4), null);
            return new Spec(settings, runs, pointsAtFirst * seeds, curves);
        }

        SlowAsha reference() {
            var points = new TreeMap<Integer, List<Curve>>();
            var epochs = new TreeMap<Integer, Integer>();
            for (var run : runs) {
                int point = Integer.parseInt(run.variant().get("point"));
                points.computeIfAbsent(point, p -> new ArrayList<>()).add(curves.get(run.runId()));
                epochs.put(point, run.settings().training().epochs());
            }
            var asha = settings.asha();
            return new SlowAsha(
                    asha.minEpochs(),
                    asha.reduction(),
                    runsAtFirst * points.size() / runs.size(),
                    points.entrySet().stream()
                            .map(e -> new Point(epochs.get(e.getKey()), e.getValue()))
                            .toList());
        }

        List<RunPlan> withWarmStart(List<RunPlan> some) {
            var all = new ArrayList<RunPlan>();
            if (some.stream().anyMatch(run -> run.warmStartRun() != null)) {
                all.add(ExperimentBench.warmStart("warm", 3));
            }
            all.addAll(some);
            return all;
        }
    }

    /** A run as its own part of the controller keeps it. */
    private static final class FakeRun {
        private final Curve curve;
        private final int epochs;
        private final Deque<RunInput.Signal> inbox = new ArrayDeque<>();
        private final Deque<RunReport> outbox = new ArrayDeque<>();
        private int allowance = -1;
        private int epoch;
        private Phase phase = Phase.TRAINING;
        private @Nullable Verb order;
        private String reason = "";

        FakeRun(RunPlan plan, Curve curve) {
            this.curve = curve;
            this.epochs = plan.settings().training().epochs();
        }

        boolean isPlanned() {
            return allowance >= 0;
        }

        boolean canTrain() {
            return isPlanned() && phase == Phase.TRAINING;
        }
    }

    private static final class World {
        private final long seed;
        private final Spec spec;
        private final SplittableRandom random;
        private final boolean trouble;
        private final ExperimentBench bench = new ExperimentBench();
        private final Map<String, FakeRun> runs = new TreeMap<>();
        private final HashSet<String> planned = new HashSet<>();
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");
        private int verbsLeft;
        private boolean extended;

        World(long seed, Spec spec, boolean trouble) {
            this.seed = seed;
            this.spec = spec;
            this.trouble = trouble;
            random = new SplittableRandom(seed + (trouble ? 1_000_000 : 0));
            verbsLeft = trouble ? 8 : 0;
            spec.runs()
                    .forEach(run ->
                            runs.put(run.runId(), new FakeRun(run, spec.curves().get(run.runId()))));
        }

        void simulate() {
            var first = spec.withWarmStart(spec.runs().subList(0, spec.runsAtFirst()));
            input(new ExperimentInput.Submit(NAME, ID, 1, Map.of(), spec.settings(), first.size(), null));
            first.forEach(run -> input(add(ID, run)));
            for (int step = 0; !isOver(); step++) {
                assertThat(step)
                        .as("seed %d: steps without an end, %s", seed, bench.status())
                        .isLessThan(20_000);
                if (trouble && random.nextInt(30) == 0) {
                    bench.restart();
                }
                if (verbsLeft > 0 && random.nextInt(25) == 0) {
                    verbsLeft--;
                    verb();
                } else if (!step()) {
                    nothingMoves();
                }
            }
        }

        private boolean isOver() {
            var phase = bench.status().phase();
            return extended
                    && verbsLeft == 0
                    && (phase == ExperimentPhase.FINISHED || phase == ExperimentPhase.FAILED)
                    && runs.values().stream().allMatch(run -> run.inbox.isEmpty() && run.outbox.isEmpty());
        }

        private static ExperimentInput add(String id, RunPlan run) {
            return new ExperimentInput.AddRun(NAME, id, ExperimentBench.variantOfPoint(run), run);
        }

        private void verb() {
            switch (random.nextInt(5)) {
                case 0 -> order(Verb.STOP);
                case 1 -> order(Verb.KILL);
                case 2 -> order(Verb.PAUSE);
                case 3 -> order(Verb.RESUME);
                default -> retryStopped();
            }
        }

        private void order(Verb verb) {
            input(new ExperimentInput.Ordered(NAME, bench.command(verb, null)));
        }

        private void retryStopped() {
            bench.retryStopped();
            deliver();
        }

        /** All messages are delivered, and all runs rest or have ended. */
        private void nothingMoves() {
            var phase = bench.status().phase();
            if (phase == ExperimentPhase.PAUSED) {
                order(Verb.RESUME);
            } else if (phase == ExperimentPhase.STOPPED
                    || (phase == ExperimentPhase.FINISHED && anyStoppedByUser())
                    || (phase == ExperimentPhase.FAILED && anyStoppedByUser())) {
                retryStopped();
            } else if (!extended) {
                extend();
            } else if (verbsLeft > 0) {
                verbsLeft = 0;
            } else {
                throw new AssertionError(String.format(
                        Locale.ROOT,
                        "seed %d: nothing moves: %s\n%s",
                        seed,
                        bench.status(),
                        bench.state(ID).describe()));
            }
        }

        private boolean anyStoppedByUser() {
            return bench.state(ID).runs().anyCutShort();
        }

        /** An extension of an experiment that was stopped goes on without what was stopped, so its decisions would differ. */
        private void extend() {
            if (anyStoppedByUser()) {
                return;
            }
            extended = true;
            var all = spec.withWarmStart(spec.runs());
            var command = bench.command(Verb.EXTEND, null);
            var events =
                    input(new ExperimentInput.Submit(NAME, "exp-2", 1, Map.of(), spec.settings(), all.size(), command));
            if (events.stream().noneMatch(ExtensionBegun.class::isInstance)) {
                extended = false; // refused, since it is being stopped
                return;
            }
            for (var run : all) {
                input(add("exp-2", run));
                if (trouble && random.nextBoolean()) {
                    step();
                }
            }
        }

        /** One message is delivered, or one run trains an epoch. */
        private boolean step() {
            if (trouble && !extended && random.nextInt(100) == 0) {
                extend();
                return true;
            }
            var moves = new ArrayList<Runnable>();
            runs.forEach((id, run) -> {
                if (!run.inbox.isEmpty()) {
                    moves.add(() -> receive(id, run, run.inbox.remove()));
                }
                if (!run.outbox.isEmpty()) {
                    moves.add(() -> input(new ExperimentInput.RunReported(run.outbox.remove())));
                }
                if (run.canTrain()) {
                    moves.add(() -> train(id, run));
                }
            });
            if (moves.isEmpty()) {
                return false;
            }
            moves.get(trouble ? random.nextInt(moves.size()) : 0).run();
            return true;
        }

        private List<ExperimentEvent> input(ExperimentInput input) {
            var events = bench.input(input);
            check(events);
            if (trouble && random.nextInt(4) == 0) {
                assertThat(bench.input(input))
                        .as("seed %d: %s again", seed, input)
                        .isEmpty();
            }
            deliver();
            return events;
        }

        private void check(List<ExperimentEvent> events) {
            var status = bench.experiments.newest(NAME).status();
            assertThat(status.reason()).as("seed %d", seed).isNotBlank();
            var most = status.settings().parallelRuns();
            boolean handedOut = events.stream().anyMatch(e -> e instanceof RunHandedOut || e instanceof RunAllowed);
            if (most != null && handedOut) {
                assertThat(status.runs().running()).as("seed %d", seed).isLessThanOrEqualTo(most);
            }
            if (status.phase().isTerminal()) {
                assertThat(status.runs().running()
                                + status.runs().resting()
                                + status.runs().waiting())
                        .as("seed %d: %s", seed, status)
                        .isZero();
            }
        }

        private void deliver() {
            for (var signal : bench.taken()) {
                if (signal instanceof RunInput.Plan plan) {
                    assertThat(planned.add(plan.runId()))
                            .as("seed %d: %s is handed out once", seed, plan.runId())
                            .isTrue();
                    assertThat(plan.plan().experimentId()).isEqualTo(ID);
                }
                var run = runs.get(signal.runId());
                if (run != null) {
                    run.inbox.add(signal);
                }
            }
        }

        private void receive(String id, FakeRun run, RunInput.Signal signal) {
            if (signal instanceof RunInput.Plan plan) {
                run.allowance = plan.allowance();
            } else if (signal instanceof RunInput.Allow more) {
                run.allowance = Math.max(run.allowance, more.epochs());
                if (run.phase == Phase.PAUSED && run.order == null) {
                    run.phase = Phase.TRAINING;
                    if (seed % 2 == 0) {
                        report(id, run);
                    }
                }
            } else if (signal instanceof RunInput.Order order) {
                run.reason = order.reason();
                receive(id, run, order.verb());
            }
        }

        private void receive(String id, FakeRun run, Verb verb) {
            boolean ended = run.phase.isTerminal();
            switch (verb) {
                case KILL -> {
                    if (!ended) {
                        enter(id, run, Phase.STOPPED);
                    }
                }
                case STOP -> {
                    if (!ended) {
                        run.order = Verb.STOP;
                        if (run.phase == Phase.PAUSED) {
                            enter(id, run, Phase.STOPPED);
                        }
                    }
                }
                case PAUSE -> {
                    if (!ended && run.order == null) {
                        run.order = Verb.PAUSE;
                        if (run.phase == Phase.PAUSED) {
                            report(id, run);
                        }
                    }
                }
                case RESUME -> {
                    if (!ended && run.order == Verb.PAUSE) {
                        run.order = null;
                        if (run.phase == Phase.PAUSED) {
                            enter(id, run, isAtAllowance(run) ? Phase.PAUSED : Phase.TRAINING);
                        }
                        report(id, run);
                    }
                }
                case RETRY -> {
                    if (ended && run.phase != Phase.FINISHED) {
                        run.order = null;
                        enter(id, run, Phase.TRAINING);
                        if (isAtAllowance(run)) {
                            enter(id, run, Phase.PAUSED);
                        }
                    }
                }
                default -> throw new AssertionError("a run is told to " + verb);
            }
        }

        private static boolean isAtAllowance(FakeRun run) {
            return run.epoch >= run.allowance && run.epoch < run.epochs;
        }

        private void train(String id, FakeRun run) {
            if (run.epoch >= run.curve.lastEpoch() && run.epoch < run.epochs) {
                enter(id, run, Phase.FAILED);
                return;
            }
            run.epoch = Math.min(run.epoch + 1, run.epochs);
            if (run.order == Verb.STOP) {
                enter(id, run, Phase.STOPPED);
            } else if (run.epoch == run.epochs) {
                enter(id, run, Phase.FINISHED);
            } else if (run.order == Verb.PAUSE || isAtAllowance(run)) {
                enter(id, run, Phase.PAUSED);
            }
        }

        private void enter(String id, FakeRun run, Phase phase) {
            run.phase = phase;
            report(id, run);
        }

        private void report(String id, FakeRun run) {
            now = now.plusMillis(1);
            double worst = run.curve.scores().get(run.epoch);
            var score =
                    run.epoch == 0 ? null : new Score(run.epoch, 0.9, worst + 0.1, worst, worst, "cat", 1000, false);
            run.outbox.add(new RunReport(id, NAME, ID, run.phase, run.epoch, score, null, run.reason, now));
        }

        Map<String, Judgement> judgements() {
            var all = new TreeMap<String, Judgement>();
            for (var event : bench.logs.get(ID)) {
                if (event instanceof PointJudged e) {
                    var judged = new Judgement(e.rung(), e.point(), e.score(), e.rank(), e.of(), e.advanced());
                    assertThat(all.put(String.format(Locale.ROOT, "%d/%d", e.rung(), e.point()), judged))
                            .as("seed %d: point %d is judged once", seed, e.point())
                            .isNull();
                }
            }
            return all;
        }

        Ended end() {
            return bench.logs.get(ID).stream()
                    .filter(Ended.class::isInstance)
                    .map(Ended.class::cast)
                    .reduce((a, b) -> b)
                    .orElseThrow();
        }
    }
}
