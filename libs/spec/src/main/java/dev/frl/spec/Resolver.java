package dev.frl.spec;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.AugmentationSettings;
import dev.frl.core.settings.AveragingSettings;
import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.DatasetSettings.SplitSettings;
import dev.frl.core.settings.Deadlines;
import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.FairnessSettings.Rates;
import dev.frl.core.settings.LearningRateSchedule;
import dev.frl.core.settings.LearningRateSchedule.Curve;
import dev.frl.core.settings.MixtureSettings;
import dev.frl.core.settings.Named;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.Problems.InvalidSettings;
import dev.frl.core.settings.Problems.Problem;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.core.settings.TrainingSettings;
import dev.frl.core.settings.WarmStart;
import dev.frl.core.settings.WarmStart.FromCheckpoint;
import dev.frl.core.settings.WarmStart.Pretrained;
import dev.frl.spec.Catalogue.DatasetShape;
import dev.frl.spec.Keys.ScheduleKeys;
import dev.frl.spec.Values.Value;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Values to the settings of one run: fills in what was left out, by the preset or else by default, lets the core records check themselves, and says under
 * which key a person finds what they refuse. After a problem it goes on with a default, to find the others too.
 */
final class Resolver {
    /** Stands in for images that are unknown; large, so that nothing is too many for them. */
    static final DatasetShape ANY =
            new DatasetShape(10, 1, 28, 28, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);

    /** Goes on for a split that was refused; likewise large. */
    static final SplitSettings REFUSED = new SplitSettings(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, 0);

    private static final int VALIDATION_SHARE = 30;

    private final Values values;
    private final Found found;
    private final @Nullable DatasetShape shape;
    private final @Nullable Preset preset;
    /** What is wrong with values that nobody wrote; it follows from something else that is wrong. */
    private final Found implied = new Found();

    private Resolver(Values values, Found found, @Nullable DatasetShape shape) {
        this.values = values;
        this.found = found;
        this.shape = shape;
        Value named = values.at(Keys.PRESET.path());
        this.preset = named != null && named.value() instanceof Preset p ? p : null;
    }

    /** @param shape of the data set, which defaults follow from; null if all sizes must be written */
    static RunSettings resolve(Values values, Found found, @Nullable DatasetShape shape) {
        var resolver = new Resolver(values, found, shape);
        var settings = resolver.settings();
        if (found.isEmpty()) {
            resolver.implied.inOrder().forEach(p -> found.add(p.line(), p.path(), p.message()));
        }
        return settings;
    }

    private RunSettings settings() {
        var name = get(Keys.METHOD);
        var training = training(name.method());
        return new RunSettings(
                dataset(),
                required(Keys.ARCH, "such as cnn-small", ""),
                training,
                warmStart(name),
                attacks(name),
                fairness(),
                build("spec.schedule", this::deadlines, Deadlines.DEFAULT));
    }

    private DatasetSettings dataset() {
        String name = required(Keys.DATASET, "such as fashion-mnist", "");
        if (name.equals(DatasetSettings.GAUSSIAN_MIXTURE)) {
            var mixture = build(
                    "spec.dataset.mixture",
                    () -> new MixtureSettings(
                            get(Keys.MIXTURE_D), get(Keys.MIXTURE_ETA), get(Keys.MIXTURE_SIGMA), get(Keys.MIXTURE_K)),
                    MixtureSettings.DEFAULT);
            return new DatasetSettings(name, split(SplitSettings.OF_MIXTURE), mixture);
        }
        if (values.hasGroup("spec.dataset.mixture")) {
            found.add(
                    values.lineAround("spec.dataset.mixture."),
                    "spec.dataset.mixture",
                    "is given, but only %s is drawn from one; drop it".formatted(DatasetSettings.GAUSSIAN_MIXTURE));
        }
        return new DatasetSettings(name, split(defaultSplit()));
    }

    private SplitSettings defaultSplit() {
        var of = shape == null ? ANY : shape;
        int share = of.train() / VALIDATION_SHARE;
        int validation = get(Keys.VALIDATION, Math.max(1, share < 100 ? share : (share + 50) / 100 * 100));
        return new SplitSettings(Math.max(1, of.train() - validation), Math.max(1, validation), of.test(), 0);
    }

    private SplitSettings split(SplitSettings otherwise) {
        int validation = get(Keys.VALIDATION, otherwise.validation());
        int train = get(Keys.TRAIN, otherwise.train());
        int test = get(Keys.TEST, otherwise.test());
        if (shape == null) {
            for (Key<Integer> size : List.of(Keys.TRAIN, Keys.VALIDATION, Keys.TEST)) {
                required(size, "in images", 1);
            }
        }
        return build(
                "spec.dataset.split",
                () -> new SplitSettings(train, validation, test, get(Keys.SPLIT_SEED), get(Keys.SPLIT_METHOD)),
                REFUSED);
    }

    private TrainingSettings training(TrainingMethod method) {
        var optimizer = build(
                "spec.training.optimizer",
                () -> new OptimizerSettings(get(Keys.LEARNING_RATE), get(Keys.MOMENTUM), get(Keys.WEIGHT_DECAY)),
                OptimizerSettings.DEFAULT);
        AveragingSettings averaging = values.hasGroup("spec.training.averaging")
                ? build(
                        "spec.training.averaging",
                        () -> new AveragingSettings(get(Keys.DECAY), get(Keys.EVERY), get(Keys.EVALUATED)),
                        new AveragingSettings(
                                AveragingSettings.DECAY, AveragingSettings.EVERY, AveragingSettings.EVALUATED))
                : null;
        var schedule = schedule(Keys.SCHEDULE, averaging == null ? Curve.MULTI_STEP : Curve.CONSTANT);
        return build(
                "spec.training",
                () -> training(
                        method, get(Keys.BETA), get(Keys.EPOCHS), get(Keys.BATCH_SIZE), optimizer, schedule, averaging),
                training(
                        method,
                        TrainingSettings.BETA,
                        TrainingSettings.EPOCHS,
                        TrainingSettings.BATCH_SIZE,
                        optimizer,
                        schedule,
                        averaging));
    }

    private TrainingSettings training(
            TrainingMethod method,
            double beta,
            int epochs,
            int batchSize,
            OptimizerSettings optimizer,
            LearningRateSchedule schedule,
            @Nullable AveragingSettings averaging) {
        return new TrainingSettings(
                method,
                beta,
                epochs,
                batchSize,
                get(Keys.TRAINING_SEED),
                optimizer,
                schedule,
                averaging,
                augmentation());
    }

    private AugmentationSettings augmentation() {
        var otherwise = preset == null ? AugmentationSettings.NONE : Preset.augmentation(values.get(Keys.DATASET, ""));
        return build(
                "spec.training.augmentation",
                () -> new AugmentationSettings(get(Keys.CROP, otherwise.crop()), get(Keys.FLIP, otherwise.flip())),
                otherwise);
    }

    private LearningRateSchedule schedule(ScheduleKeys keys, Curve otherwise) {
        var shaping = Optional.ofNullable(values.at(keys.milestones().path()))
                .or(() -> Optional.ofNullable(values.at(keys.factor().path())));
        // what shapes the schedule names it too, whatever a preset says
        Curve curve = shaping.isPresent() ? values.get(keys.name(), Curve.MULTI_STEP) : get(keys.name(), otherwise);
        if (curve != Curve.MULTI_STEP) {
            shaping.ifPresent(v -> found.add(
                    v.line(),
                    v.path(),
                    "is given, but a %s schedule has none; leave it out or write name: multi-step"
                            .formatted(curve.label())));
            return new LearningRateSchedule(curve, List.of(), 1);
        }
        return build(
                keys.path(),
                () -> LearningRateSchedule.multiStep(get(keys.milestones()), get(keys.factor())),
                LearningRateSchedule.MULTI_STEP);
    }

    private @Nullable WarmStart warmStart(MethodName method) {
        if (!values.hasGroup("spec.warmStart")) {
            return null;
        }
        Value checkpoint = values.at(Keys.CHECKPOINT.path());
        if (checkpoint == null) {
            var schedule = schedule(Keys.WARM_SCHEDULE, Curve.MULTI_STEP);
            var name = get(Keys.WARM_METHOD, method);
            refuseOtherAttack(name, method);
            return build(
                    "spec.warmStart",
                    () -> new Pretrained(name.method(), get(Keys.WARM_EPOCHS), get(Keys.WARM_LEARNING_RATE), schedule),
                    new Pretrained(name.method(), Pretrained.EPOCHS, Pretrained.LEARNING_RATE, schedule));
        }
        values.within("spec.warmStart").entrySet().stream()
                .filter(e -> !e.getKey().equals(Keys.CHECKPOINT.path()))
                .map(Map.Entry::getValue)
                .findFirst()
                .ifPresent(other -> found.add(
                        other.line(),
                        other.path(),
                        "is given, but %s is too: weights come from a file or from a warm start; drop one"
                                .formatted(checkpoint.path())));
        return build(
                "spec.warmStart",
                () -> new FromCheckpoint(get(Keys.CHECKPOINT, "file:/")),
                new FromCheckpoint("file:/"));
    }

    /** A warm start has the inner attack of its runs, which one of another name would not be. */
    private void refuseOtherAttack(MethodName warmStart, MethodName training) {
        boolean attacksAlike = warmStart == training || !(warmStart.namesAttack() || training.namesAttack());
        Value value = values.at(Keys.WARM_METHOD.path());
        if (value != null && warmStart.method() == TrainingMethod.PGD_AT && !attacksAlike) {
            found.add(
                    value.line(),
                    value.path(),
                    "is %s, but a warm start has the inner attack of its runs, and %s is %s; leave it out to warm up by %s"
                            .formatted(warmStart.label(), Keys.METHOD.path(), training.label(), training.label()));
        }
    }

    private Attacks attacks(MethodName method) {
        double epsilon = required(Keys.TRAINING_ATTACK.epsilon(), "the radius of the attack, such as 8/255", 0.0);
        var norm = get(Keys.TRAINING_ATTACK.norm());
        double radius = epsilon >= 0 && epsilon <= norm.largest() ? epsilon : 0;
        var own = method.attack(norm, radius);
        if (method.namesAttack()) {
            refuseOther(Keys.TRAINING_ATTACK.method(), own.method(), method);
            refuseOther(Keys.TRAINING_ATTACK.start(), own.start(), method);
        }
        var training = attack(Keys.TRAINING_ATTACK, own);
        var validation = evaluation(
                Keys.VALIDATION_ATTACK,
                new Attacks.EvaluationAttack(
                        withBall(AttackSettings.PGD_20, training),
                        Attacks.EvaluationAttack.RESTARTS,
                        Attacks.EvaluationAttack.SHARDS,
                        Attacks.EvaluationAttack.BEST),
                false);
        return new Attacks(training, validation, evaluation(Keys.TEST_ATTACK, validation, get(Keys.BEST)));
    }

    private <T extends Named> void refuseOther(Key<T> key, T own, MethodName method) {
        Value value = values.at(key.path());
        if (value != null && !get(key, own).equals(own)) {
            found.add(
                    value.line(),
                    value.path(),
                    "is %s, but %s is %s, which means %s; drop one, or write the method pgd-at"
                            .formatted(Node.shown(value.text()), Keys.METHOD.path(), method.label(), own.label()));
        }
    }

    private static AttackSettings withBall(AttackSettings attack, AttackSettings ball) {
        return new AttackSettings(
                attack.method(),
                ball.norm(),
                attack.loss(),
                ball.epsilon(),
                ball.stepSize(),
                attack.steps(),
                attack.start());
    }

    private Attacks.EvaluationAttack evaluation(
            AttackKeys.EvaluationAttack keys, Attacks.EvaluationAttack otherwise, boolean best) {
        var attack = attack(keys.attack(), inNorm(keys.attack(), otherwise.attack()));
        return build(
                keys.attack().path(),
                () -> new Attacks.EvaluationAttack(
                        attack,
                        get(keys.restarts(), otherwise.restarts()),
                        get(keys.shards(), otherwise.shards()),
                        best),
                otherwise);
    }

    /** In the norm that the keys name. If it is another, the radius says nothing there, and the step is a quarter of the new one. */
    private AttackSettings inNorm(AttackKeys keys, AttackSettings attack) {
        var norm = get(keys.norm(), attack.norm());
        if (norm == attack.norm()) {
            return attack;
        }
        double epsilon = required(
                keys.epsilon(),
                "the radius in %s, since the one that would be taken over is in %s"
                        .formatted(norm.label(), attack.norm().label()),
                0.0);
        double radius = epsilon >= 0 && epsilon <= norm.largest() ? epsilon : 0;
        return new AttackSettings(
                attack.method(), norm, attack.loss(), radius, radius / 4, attack.steps(), attack.start());
    }

    private AttackSettings attack(AttackKeys keys, AttackSettings otherwise) {
        return build(
                keys.path(),
                () -> new AttackSettings(
                        get(keys.method(), otherwise.method()),
                        otherwise.norm(),
                        get(keys.loss(), otherwise.loss()),
                        get(keys.epsilon(), otherwise.epsilon()),
                        get(keys.stepSize(), otherwise.stepSize()),
                        get(keys.steps(), otherwise.steps()),
                        get(keys.start(), otherwise.start())),
                otherwise);
    }

    private FairnessSettings fairness() {
        if (values.at(Keys.POLICY.path()) == null && values.at(Keys.PRESET.path()) == null) {
            values.within("spec.fairness").values().stream()
                    .findFirst()
                    .ifPresent(v -> missing(Keys.POLICY, "without it %s would do nothing".formatted(v.path())));
        }
        var policy = get(Keys.POLICY);
        var rates = build(
                "spec.fairness.rates",
                () -> new Rates(
                        get(Keys.STANDARD_RATE), get(Keys.BOUNDARY_RATE), get(Keys.MARGIN_RATE), get(Keys.HALVE_EVERY)),
                Rates.DEFAULT);
        double both = get(Keys.TOLERANCE, FairnessSettings.defaultTolerance(policy));
        return build(
                "spec.fairness",
                () -> new FairnessSettings(
                        policy,
                        get(Keys.STANDARD_TOLERANCE, both),
                        get(Keys.BOUNDARY_TOLERANCE, both),
                        rates,
                        get(Keys.CAP),
                        get(Keys.MARGIN_FLOOR),
                        get(Keys.MARGIN_CEILING)),
                FairnessSettings.defaults(policy));
    }

    private Deadlines deadlines() {
        return new Deadlines(get(Keys.EPOCH_DEADLINE), get(Keys.QUEUE_DEADLINE), get(Keys.MAX_ATTEMPTS));
    }

    private <T> T get(Key<T> key) {
        if (key.fallback() == null) {
            throw new IllegalStateException(key.path() + " has no default of its own");
        }
        return get(key, key.fallback());
    }

    private <T> T get(Key<T> key, T otherwise) {
        return values.get(key, preset == null ? otherwise : preset.find(key).orElse(otherwise));
    }

    private <T> T required(Key<T> key, String what, T placeholder) {
        if (values.at(key.path()) == null) {
            missing(key, what);
        }
        return get(key, placeholder);
    }

    private void missing(Key<?> key, String what) {
        found.add(values.lineAround(key.path()), key.path(), "is missing: " + what);
    }

    /** The record, or what to go on with if it refuses its values. */
    private <T> T build(String group, Supplier<T> record, T otherwise) {
        try {
            return record.get();
        } catch (InvalidSettings e) {
            for (Problem problem : e.problems()) {
                String path = group + "." + problem.key();
                Value value = values.covering(path);
                if (value == null) {
                    implied.add(values.lineAround(path), path, problem.message());
                } else {
                    found.add(
                            value.line(),
                            value.path(),
                            "is %s; it must be %s".formatted(Node.shown(value.text()), problem.expected()));
                }
            }
            return otherwise;
        }
    }
}
