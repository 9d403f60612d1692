package dev.frl.report;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.Tally;
import dev.frl.core.failure.Failures;
import dev.frl.core.fairness.EpochEvaluation;
import dev.frl.core.fairness.FairnessPolicy;
import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.fairness.PolicyState;
import dev.frl.core.run.DataManifest;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.RunPlan;
import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.AveragingSettings;
import dev.frl.core.settings.AveragingSettings.Evaluated;
import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.Deadlines;
import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.LearningRateSchedule;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.Part;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.core.settings.TrainingSettings;
import dev.frl.core.settings.WarmStart;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds the events of a run for tests: the test calls the steps in order; times and file names are filled in. */
public final class SyntheticRun {
    private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
    private final List<RunEvent> events = new ArrayList<>();
    private final RunPlan plan;
    private final List<String> names;
    private final FairnessPolicy policy;
    private PolicyState state;
    private Instant now;
    private int bestEpoch;
    private double bestScore = -1;

    /** The parts of a plan that tests set; the rest has defaults. */
    public record Choice(
            String runId,
            Policy policy,
            long seed,
            int epochs,
            @Nullable String warmStartRun,
            boolean warmStart) {
        public static Choice of(String runId, Policy policy, long seed) {
            return new Choice(runId, policy, seed, 2, "warm-" + seed, false);
        }

        public static Choice warmStart(long seed) {
            return new Choice("warm-" + seed, Policy.NONE, seed, 1, null, true);
        }

        public Choice epochs(int n) {
            return new Choice(runId, policy, seed, n, warmStartRun, warmStart);
        }

        public Choice withoutWarmStart() {
            return new Choice(runId, policy, seed, epochs, null, warmStart);
        }
    }

    public SyntheticRun(Choice choice, List<String> classNames) {
        this(choice, classNames, Map.of());
    }

    /** @param furtherVariant swept settings besides policy and seed */
    public SyntheticRun(Choice choice, List<String> classNames, Map<String, String> furtherVariant) {
        this.names = classNames;
        this.plan = plan(choice, furtherVariant);
        this.policy = FairnessPolicy.of(plan.settings().fairness());
        this.state = policy.initial(classNames.size());
        this.now = START.plusSeconds(choice.seed());
        events.add(new RunEvent.Planned(plan, now));
    }

    private static RunPlan plan(Choice c, Map<String, String> furtherVariant) {
        var variant = new LinkedHashMap<String, String>();
        if (!c.warmStart() && !furtherVariant.containsKey("training.method")) {
            variant.put("fairness.policy", c.policy().label());
        }
        variant.put("training.seed", String.valueOf(c.seed()));
        variant.putAll(furtherVariant);
        var evaluated = furtherVariant.containsKey("training.averaging.evaluated")
                ? Evaluated.valueOf(furtherVariant.get("training.averaging.evaluated"))
                : null;
        var method = method(furtherVariant.getOrDefault("training.method", "trades"));
        double beta = Double.parseDouble(furtherVariant.getOrDefault("training.beta", "6"));
        var warmStart = c.warmStart()
                ? null
                : new WarmStart.Pretrained(TrainingMethod.TRADES, 10, 0.05, LearningRateSchedule.CONSTANT);
        var evaluation = new Attacks.EvaluationAttack(AttackSettings.PGD_20, 1, 4, false);
        var settings = new RunSettings(
                new DatasetSettings("fashion-mnist", new DatasetSettings.SplitSettings(10_000, 2_000, 10_000, 1)),
                "cnn-small",
                new TrainingSettings(
                        method,
                        beta,
                        c.epochs(),
                        128,
                        c.seed(),
                        OptimizerSettings.DEFAULT,
                        LearningRateSchedule.MULTI_STEP,
                        evaluated == null
                                ? null
                                : new AveragingSettings(0.7, AveragingSettings.Every.EPOCH, evaluated)),
                warmStart,
                new Attacks(AttackSettings.PGD_20, evaluation, evaluation),
                FairnessSettings.defaults(c.policy()),
                Deadlines.DEFAULT);
        String spec = String.format(Locale.ROOT, """
                {"dataset":{"name":"fashion-mnist","split":{"seed":1,"test":10000,"train":10000,"validation":2000}},\
                "fairness":{"policy":"%s","tolerance":{"boundary":0.07,"standard":0.07}},"model":{"arch":"cnn-small"},\
                "training":{"beta":%s,"epochs":%d,"method":"trades","schedule":{"milestones":[0.6,0.85]},"seed":%d}}""", c.policy().label(), beta, c.epochs(), c.seed());
        return new RunPlan(
                c.runId(),
                "fashion-frl",
                "fashion-frl-5f2a9c",
                c.warmStart() ? Map.of() : variant,
                Map.of("team", "vision"),
                RunPlan.PRIORITY,
                null,
                settings,
                spec,
                Integer.toHexString(spec.hashCode()).repeat(8),
                c.warmStartRun(),
                c.warmStart());
    }

    private static TrainingMethod method(String label) {
        return Arrays.stream(TrainingMethod.values())
                .filter(m -> m.label().equals(label))
                .findAny()
                .orElseThrow();
    }

    /** A tally with these errors and {@code perClass} samples of each class. */
    public static Tally tally(double[] standard, double[] robust, int perClass) {
        int classes = standard.length;
        var clean = new long[classes * classes];
        var attacked = new long[classes * classes];
        for (int i = 0; i < classes; i++) {
            int other = i * classes + (i + 1) % classes;
            long wrong = Math.round(standard[i] * perClass);
            long wrongRobust = Math.max(wrong, Math.round(robust[i] * perClass));
            clean[i * classes + i] = perClass - wrong;
            attacked[i * classes + i] = perClass - wrongRobust;
            clean[other] += wrong;
            attacked[other] += wrongRobust;
        }
        return Tally.of(classes, clean, attacked);
    }

    private int partial = -1;

    private Instant tick(long seconds) {
        now = now.plusSeconds(seconds);
        return now;
    }

    private static CheckpointRef checkpoint(int epoch) {
        return new CheckpointRef("file:/checkpoints/" + epoch + "/model.safetensors", "ab".repeat(32));
    }

    /** This epoch is evaluated on three of four shards. */
    public SyntheticRun partial(int epoch) {
        partial = epoch;
        return this;
    }

    /** An epoch is trained and evaluated. */
    public SyntheticRun epoch(int epoch, double[] standard, double[] robust) {
        trained(epoch);
        var tally = tally(standard, robust, 200);
        events.add(new RunEvent.ShardsRequested(
                plan.runId(),
                Part.VALIDATION,
                epoch,
                1,
                Failures.NONE,
                1,
                null,
                checkpoint(epoch),
                Selection.LAST,
                null,
                tick(1)));
        var errors = ClassErrors.of(tally);
        FairnessUpdate update = policy.next(state, new EpochEvaluation(tally), epoch);
        state = update.state();
        double score = 2 - errors.totalRobust() - errors.robust().max();
        if (score > bestScore) {
            bestScore = score;
            bestEpoch = epoch;
        }
        events.add(new RunEvent.EpochEvaluated(
                plan.runId(),
                epoch,
                partial == epoch ? 3 : 4,
                4,
                tally,
                Duration.ofMillis(2500),
                update,
                bestEpoch,
                bestScore,
                checkpoint(bestEpoch),
                tick(3)));
        return this;
    }

    /** An epoch is trained. */
    public SyntheticRun trained(int epoch) {
        var counts = Collections.nCopies(names.size(), 200L);
        events.add(new RunEvent.Trained(
                new RunInput.EpochTrained(
                        plan.runId(),
                        epoch,
                        1,
                        checkpoint(epoch),
                        null,
                        new DataManifest(names, counts, counts),
                        epoch == 0 ? null : 1.5 / (1 + 0.2 * epoch),
                        Duration.ofMillis(epoch == 0 ? 0 : 12_300),
                        "trainer-0",
                        "dl4j 1.0.0-M2.1, oneDNN, 2 threads",
                        now),
                true,
                tick(13)));
        return this;
    }

    /** The last weights are evaluated on the test images. */
    public SyntheticRun tested(int epoch, double[] standard, double[] robust) {
        return tested(Selection.LAST, epoch, standard, robust);
    }

    public SyntheticRun tested(Selection weights, int epoch, double[] standard, double[] robust) {
        events.add(new RunEvent.TestEvaluated(
                plan.runId(),
                weights,
                epoch,
                checkpoint(epoch),
                tally(standard, robust, 1000),
                Duration.ofSeconds(9),
                tick(20)));
        return this;
    }

    public SyntheticRun finished() {
        events.add(new RunEvent.Finished(plan.runId(), tick(1)));
        return this;
    }

    public SyntheticRun failed(String reason) {
        events.add(new RunEvent.Failed(plan.runId(), reason, tick(1)));
        return this;
    }

    public SyntheticRun stopped(String reason) {
        events.add(new RunEvent.Stopped(plan.runId(), reason, tick(1)));
        return this;
    }

    /** The run rests after an epoch, and gets a turn again. */
    public SyntheticRun parked(String reason) {
        events.add(new RunEvent.Parked(plan.runId(), reason, tick(1)));
        return this;
    }

    public SyntheticRun turnWanted(int attempt) {
        events.add(new RunEvent.TurnWanted(plan.runId(), attempt, Failures.NONE, null, tick(1)));
        return this;
    }

    public SyntheticRun reopened(int attempt, String reason) {
        events.add(new RunEvent.Reopened(plan.runId(), attempt, reason, tick(1)));
        return this;
    }

    public PolicyState state() {
        return state;
    }

    public List<RunEvent> events() {
        return List.copyOf(events);
    }

    public RunHistory history() {
        var history = new RunHistory((RunEvent.Planned) events.get(0));
        events.stream().skip(1).forEach(history::add);
        return history;
    }
}
