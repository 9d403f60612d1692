package dev.frl.messaging;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.checkpoint.Retention;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.command.Answer;
import dev.frl.core.command.Command;
import dev.frl.core.command.Verb;
import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.PerClass;
import dev.frl.core.errors.Tally;
import dev.frl.core.experiment.BestPoint;
import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.experiment.ExperimentInput;
import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentSettings;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.failure.FailureKind;
import dev.frl.core.failure.Failures;
import dev.frl.core.fairness.ClassTreatment;
import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.fairness.Multipliers;
import dev.frl.core.fairness.PolicyState;
import dev.frl.core.run.DataManifest;
import dev.frl.core.run.Outbox;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunReport;
import dev.frl.core.run.RunStatus;
import dev.frl.core.run.Work;
import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.Deadlines;
import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.LearningRateSchedule;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.Part;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.core.settings.TrainingSettings;
import dev.frl.core.turn.TurnFact;
import dev.frl.core.turn.TurnInput;
import dev.frl.messaging.message.HostOrder;
import dev.frl.messaging.message.SpecRejected;
import dev.frl.messaging.message.WorkerStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Messages drawn from a seed: any text, any number, NaN too; instants and durations in whole milliseconds. */
public final class Samples {
    /** What {@link #topics} reads from any canonical spec; libs/spec reads real ones. */
    static final RunSettings SETTINGS = new RunSettings(
            new DatasetSettings("fashion-mnist", new DatasetSettings.SplitSettings(1000, 200, 200, 1)),
            "cnn-small",
            new TrainingSettings(
                    TrainingMethod.TRADES,
                    6,
                    2,
                    128,
                    1,
                    OptimizerSettings.DEFAULT,
                    LearningRateSchedule.CONSTANT,
                    null),
            null,
            new Attacks(
                    AttackSettings.PGD_20,
                    new Attacks.EvaluationAttack(AttackSettings.PGD_20, 1, 4, false),
                    new Attacks.EvaluationAttack(AttackSettings.PGD_20, 1, 4, true)),
            FairnessSettings.defaults(FairnessSettings.Policy.FRL_REWEIGHT),
            Deadlines.DEFAULT);

    private final SplittableRandom random;

    public Samples(long seed) {
        random = new SplittableRandom(seed);
    }

    public static Topics topics() {
        return new Topics(canonical -> SETTINGS);
    }

    /** One of each case. */
    public List<RunEvent> events() {
        String run = text();
        return List.of(
                new RunEvent.Planned(plan(), instant()),
                new RunEvent.Awaited(run, text(), instant()),
                new RunEvent.Unawaited(run, text(), instant()),
                new RunEvent.Allowed(run, number(), instant()),
                new RunEvent.Ordered(run, verb(), text(), instant()),
                new RunEvent.TurnWanted(run, number(), failures(), orNull(this::text), instant()),
                new RunEvent.Parked(run, text(), instant()),
                new RunEvent.Reopened(run, number(), text(), instant()),
                new RunEvent.WarmStarted(run, checkpoint(), instant()),
                new RunEvent.TrainingRequested(run, number(), failures(), orNull(this::text), instant()),
                new RunEvent.TrainingResumed(run, number(), number(), text(), instant()),
                new RunEvent.Trained(trained(), random.nextBoolean(), instant()),
                new RunEvent.ShardsRequested(
                        run,
                        part(),
                        number(),
                        number(),
                        failures(),
                        number(),
                        orNull(this::number),
                        checkpoint(),
                        weights(),
                        orNull(this::text),
                        instant()),
                new RunEvent.ShardCounted(run, part(), number(), number(), tally(), duration(), text(), instant()),
                new RunEvent.RetryPlanned(run, work(), failures(), text(), instant(), instant()),
                new RunEvent.Dropped(run, text(), text(), instant()),
                new RunEvent.ShardDuplicated(run, part(), number(), number(), number(), text(), instant()),
                new RunEvent.EpochEvaluated(
                        run,
                        number(),
                        number(),
                        number(),
                        tally(),
                        duration(),
                        update(classes()),
                        number(),
                        fraction(),
                        checkpoint(),
                        instant()),
                new RunEvent.TestEvaluated(run, weights(), number(), checkpoint(), tally(), duration(), instant()),
                new RunEvent.Finished(run, instant()),
                new RunEvent.Failed(run, text(), instant()),
                new RunEvent.Stopped(run, text(), instant()));
    }

    /** One of each case. */
    public List<ExperimentEvent> experimentEvents() {
        String id = text();
        return List.of(
                new ExperimentEvent.Submitted(text(), id, number(), map(), experimentSettings(), number(), instant()),
                new ExperimentEvent.WarmStartAdded(planOf(id), instant()),
                new ExperimentEvent.RunAdded(number(), number(), map(), planOf(id), instant()),
                new ExperimentEvent.Started(id, number(), number(), instant()),
                new ExperimentEvent.ExtensionBegun(
                        id,
                        text(),
                        number(),
                        orNull(this::number),
                        orNull(this::number),
                        random.nextBoolean(),
                        command(),
                        instant()),
                new ExperimentEvent.ExtensionRunSeen(id, text(), random.nextBoolean(), instant()),
                new ExperimentEvent.Extended(
                        id,
                        text(),
                        number(),
                        number(),
                        number(),
                        orNull(this::number),
                        orNull(this::number),
                        instant()),
                new ExperimentEvent.WarmStartPlanned(id, text(), instant()),
                new ExperimentEvent.RunHandedOut(
                        id, number(), text(), number(), map(), number(), number(), orNull(this::text), instant()),
                new ExperimentEvent.RunAllowed(id, number(), text(), number(), instant()),
                new ExperimentEvent.RunOrdered(id, number(), text(), verb(), text(), instant()),
                new ExperimentEvent.RetryQueued(id, number(), text(), text(), instant()),
                new ExperimentEvent.Reported(id, number(), report(), instant()),
                new ExperimentEvent.RungReached(
                        id, number(), text(), number(), number(), number(), fraction(), fraction(), instant()),
                new ExperimentEvent.PointJudged(
                        id,
                        number(),
                        map(),
                        number(),
                        number(),
                        fraction(),
                        number(),
                        number(),
                        random.nextBoolean(),
                        text(),
                        instant()),
                new ExperimentEvent.PointRevived(id, number(), instant()),
                new ExperimentEvent.Paused(id, text(), instant()),
                new ExperimentEvent.Resumed(id, text(), instant()),
                new ExperimentEvent.Stopping(id, verb(), experimentPhase(), text(), instant()),
                new ExperimentEvent.RunsWithheld(id, number(), instant()),
                new ExperimentEvent.Ended(id, experimentPhase(), orNull(this::bestPoint), text(), instant()),
                new ExperimentEvent.Reopened(id, text(), instant()));
    }

    /** One of each case. */
    List<ExperimentInput> experimentInputs() {
        return List.of(
                new ExperimentInput.Submit(
                        text(), text(), number(), map(), experimentSettings(), number(), orNull(this::command)),
                new ExperimentInput.AddRun(text(), text(), map(), plan()),
                new ExperimentInput.RunReported(report()),
                new ExperimentInput.Ordered(text(), command()));
    }

    ExperimentStatus experimentStatus() {
        return new ExperimentStatus(
                text(),
                text(),
                number(),
                map(),
                experimentSettings(),
                text(),
                instant(),
                experimentPhase(),
                text(),
                instant(),
                number(),
                number(),
                new ExperimentStatus.RunCounts(number(), number(), number(), number(), number(), number()),
                orNull(this::bestPoint));
    }

    private ExperimentSettings experimentSettings() {
        return new ExperimentSettings(
                orNull(() -> new ExperimentSettings.AshaSettings(
                        1 + random.nextInt(100), 2 + random.nextInt(100), random.nextBoolean())),
                new ExperimentSettings.Constraints(orNull(random::nextDouble), orNull(random::nextDouble)),
                orNull(() -> 1 + random.nextInt(100)),
                orNull(() -> random.nextInt(100)));
    }

    private ExperimentPhase experimentPhase() {
        return ExperimentPhase.values()[random.nextInt(ExperimentPhase.values().length)];
    }

    private BestPoint bestPoint() {
        return new BestPoint(number(), map(), fraction(), fraction(), fraction(), number(), number());
    }

    private RunPlan planOf(String experimentId) {
        var plan = plan();
        return new RunPlan(
                plan.runId(),
                plan.experiment(),
                experimentId,
                plan.variant(),
                plan.labels(),
                plan.priority(),
                plan.retention(),
                plan.settings(),
                plan.canonicalSpec(),
                plan.specSha256(),
                plan.warmStartRun(),
                plan.warmStart());
    }

    List<RunInput.Signal> signals() {
        String run = text();
        return List.of(
                new RunInput.Plan(plan(), number()),
                new RunInput.Await(run, text()),
                new RunInput.NoLongerAwaited(run, text()),
                new RunInput.WarmStartReady(run, checkpoint()),
                new RunInput.WarmStartFailed(run, text()),
                new RunInput.Turn(run, number()),
                new RunInput.Allow(run, number()),
                new RunInput.Order(run, verb(), text(), orNull(this::command)),
                new RunInput.GiveUp(run, text()));
    }

    private Verb verb() {
        return Verb.values()[random.nextInt(Verb.values().length)];
    }

    Command command() {
        var which = random.nextBoolean() ? Command.Which.FAILED : Command.Which.STOPPED;
        return new Command(text(), verb(), text(), which, orNull(this::text));
    }

    Answer answer() {
        return new Answer(text(), orNull(this::verb), text(), random.nextBoolean(), text(), texts());
    }

    Outbox.Withdrawal withdrawal() {
        return new Outbox.Withdrawal(text(), number(), text());
    }

    RunReport.Score score() {
        return new RunReport.Score(
                number(), fraction(), fraction(), fraction(), fraction(), text(), number(), random.nextBoolean());
    }

    RunReport report() {
        return new RunReport(
                text(),
                text(),
                text(),
                Phase.values()[random.nextInt(Phase.values().length)],
                number() - 1,
                orNull(this::score),
                orNull(this::score),
                text(),
                instant());
    }

    Outbox.Assignment assigned() {
        return new Outbox.Assignment(
                plan(),
                number(),
                orNull(this::checkpoint),
                number() - 1,
                orNull(() -> update(classes())),
                number() - 1,
                instant(),
                instant());
    }

    RunInput.EpochTrained trained() {
        return new RunInput.EpochTrained(
                text(),
                number(),
                number(),
                checkpoint(),
                orNull(this::checkpoint),
                manifest(),
                orNull(this::fraction),
                duration(),
                text(),
                text(),
                instant());
    }

    public Outbox.ShardTask shard() {
        int count = random.nextInt(1, 100);
        return new Outbox.ShardTask(
                text(),
                part(),
                number(),
                random.nextInt(count),
                count,
                number(),
                checkpoint(),
                weights(),
                number(),
                text(),
                text());
    }

    RunInput.ShardAttacked attacked() {
        return new RunInput.ShardAttacked(
                text(), part(), number(), number(), number(), text(), tally(), duration(), text(), text(), instant());
    }

    RunInput.WorkFailed failed() {
        var kinds = FailureKind.values();
        return new RunInput.WorkFailed(
                text(), work(), number(), text(), kinds[random.nextInt(kinds.length)], text(), instant());
    }

    RunInput.WorkProgressed progress() {
        return new RunInput.WorkProgressed(
                text(), work(), number(), random.nextDouble(), fraction(), text(), instant());
    }

    /** One of each case. */
    List<TurnInput> turnSignals() {
        return List.of(
                wanted(),
                new TurnInput.Released(text()),
                new TurnInput.TrainerSeen(text(), random.nextBoolean(), orNull(this::text), instant()),
                new TurnInput.TrainerGone(text()));
    }

    /** One of each case. */
    List<TurnFact> turnFacts() {
        return List.of(
                new TurnFact.Waiting(wanted(), random.nextLong(), instant()),
                new TurnFact.Held(wanted(), random.nextLong()),
                new TurnFact.Place(text(), random.nextLong(), random.nextBoolean()),
                new TurnFact.Count(random.nextLong()),
                new TurnFact.Trainer(text(), random.nextBoolean(), orNull(this::text)));
    }

    private TurnInput.Wanted wanted() {
        return new TurnInput.Wanted(text(), number(), text(), text(), -number(), duration(), instant());
    }

    WorkerStatus worker() {
        var states = WorkerStatus.State.values();
        return new WorkerStatus(
                text(),
                text(),
                text(),
                text(),
                orNull(this::text),
                states[random.nextInt(states.length)],
                orNull(this::text),
                orNull(this::instant),
                orNull(() -> new WorkerStatus.Held(text(), work())),
                instant(),
                instant());
    }

    HostOrder order() {
        return new HostOrder(text(), random.nextBoolean(), instant());
    }

    private Work work() {
        return random.nextBoolean() ? new Work.EpochTraining(number()) : new Work.Shard(part(), number(), number());
    }

    private Failures failures() {
        return new Failures(number(), number(), number(), texts());
    }

    Outbox.Update updated() {
        var tally = tally();
        return new Outbox.Update(
                text(), update(tally.classes()), random.nextBoolean(), ClassErrors.of(tally), number(), instant());
    }

    RunStatus status() {
        var phase = List.of(Phase.values()).get(random.nextInt(Phase.values().length));
        return new RunStatus(
                text(),
                text(),
                text(),
                map(),
                text(),
                random.nextLong(),
                random.nextBoolean(),
                orNull(this::text),
                instant(),
                phase,
                number() - 1,
                number(),
                text(),
                instant(),
                instant(),
                text(),
                number(),
                random.nextBoolean(),
                number(),
                number(),
                orNull(() -> new RunStatus.WorkDone(random.nextDouble(), fraction(), text(), instant())),
                orNull(this::score),
                orNull(this::score));
    }

    public SpecRejected rejected() {
        return new SpecRejected(
                orNull(this::text),
                text(),
                number(),
                random.nextLong(1L << 40),
                instant(),
                List.of(
                        new SpecRejected.Fault(orNull(this::number), text(), text()),
                        new SpecRejected.Fault(null, "", text())));
    }

    RunPlan plan() {
        return new RunPlan(
                text(),
                text(),
                text(),
                map(),
                map(),
                number(),
                orNull(() -> new Retention(1 + random.nextInt(100), random.nextBoolean())),
                SETTINGS,
                String.format(Locale.ROOT, "{\"%s\": 1}", text()),
                text(),
                orNull(this::text),
                random.nextBoolean());
    }

    private Map<String, String> map() {
        var map = new LinkedHashMap<String, String>();
        texts().forEach(key -> map.put(key, text()));
        return map;
    }

    private DataManifest manifest() {
        int classes = classes();
        return new DataManifest(
                IntStream.range(0, classes).mapToObj(i -> text()).toList(), counts(classes), counts(classes));
    }

    private List<Long> counts(int classes) {
        return random.longs(classes, 0, 1 << 20).boxed().toList();
    }

    /** Some classes have no sample, and so no errors. */
    Tally tally() {
        int classes = classes();
        var labels = random.ints(100, 0, Math.max(1, classes - 1)).toArray();
        var clean = random.ints(100, 0, classes).toArray();
        var attacked = new int[100];
        for (int i = 0; i < 100; i++) {
            attacked[i] = clean[i] == labels[i] ? random.nextInt(classes) : clean[i];
        }
        return Tally.count(classes, labels, clean, attacked);
    }

    private FairnessUpdate update(int classes) {
        return new FairnessUpdate(
                number(),
                random.nextInt(4) == 0
                        ? new PolicyState.None()
                        : new Multipliers(perClass(classes), perClass(classes), perClass(classes)),
                new ClassTreatment(perClass(classes), perClass(classes), perClass(classes)));
    }

    private PerClass perClass(int classes) {
        return PerClass.generate(classes, i -> fraction());
    }

    private int classes() {
        return random.nextInt(1, 12);
    }

    CheckpointRef checkpoint() {
        return new CheckpointRef("file:/" + text(), text());
    }

    private Part part() {
        return random.nextBoolean() ? Part.TEST : Part.VALIDATION;
    }

    private Selection weights() {
        return random.nextBoolean() ? Selection.BEST : Selection.LAST;
    }

    private List<String> texts() {
        return IntStream.range(0, random.nextInt(5)).mapToObj(i -> i + text()).toList();
    }

    String text() {
        var text = new StringBuilder();
        random.ints(random.nextInt(40), 0, 0x1F600)
                .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                .forEach(text::appendCodePoint);
        return text.toString();
    }

    private int number() {
        return random.nextInt(1 << random.nextInt(1, 31));
    }

    private double fraction() {
        return switch (random.nextInt(8)) {
            case 0 -> Double.NaN;
            case 1 -> -0.0;
            case 2 -> Double.NEGATIVE_INFINITY;
            case 3 -> Double.MIN_VALUE;
            default -> random.nextDouble();
        };
    }

    Instant instant() {
        return Instant.ofEpochMilli(random.nextLong(-1000, 4_000_000_000_000L));
    }

    private Duration duration() {
        return Duration.ofMillis(random.nextLong(1L << 40));
    }

    private <T> @Nullable T orNull(Supplier<T> value) {
        return random.nextBoolean() ? value.get() : null;
    }
}
