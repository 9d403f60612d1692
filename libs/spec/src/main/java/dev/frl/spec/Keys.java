package dev.frl.spec;

import static dev.frl.spec.ValueType.DURATION;
import static dev.frl.spec.ValueType.FLAG;
import static dev.frl.spec.ValueType.GRID;
import static dev.frl.spec.ValueType.INTEGER;
import static dev.frl.spec.ValueType.NUMBER;
import static dev.frl.spec.ValueType.NUMBERS;
import static dev.frl.spec.ValueType.SEED;
import static dev.frl.spec.ValueType.TEXT;
import static dev.frl.spec.ValueType.choice;
import static dev.frl.spec.ValueType.word;

import dev.frl.core.settings.Attacks.EvaluationAttack;
import dev.frl.core.settings.AveragingSettings;
import dev.frl.core.settings.AveragingSettings.Evaluated;
import dev.frl.core.settings.AveragingSettings.Every;
import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.DatasetSettings.SplitSettings;
import dev.frl.core.settings.DatasetSettings.SplitSettings.SplitMethod;
import dev.frl.core.settings.Deadlines;
import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.FairnessSettings.Rates;
import dev.frl.core.settings.LearningRateSchedule;
import dev.frl.core.settings.LearningRateSchedule.Curve;
import dev.frl.core.settings.MixtureSettings;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.TrainingSettings;
import dev.frl.core.settings.WarmStart.Pretrained;
import dev.frl.data.store.Datasets;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All keys of a spec: what the reader takes, what it suggests, and what docs/settings.md says. A default that belongs to a
 * core record is taken from there.
 */
final class Keys {
    private Keys() {}

    private static final Map<String, Key<?>> ALL = new LinkedHashMap<>();
    private static final Map<String, String> GROUPS = new LinkedHashMap<>();

    static {
        group("", "");
    }

    static final Key<String> API_VERSION = required("apiVersion", word("frl.dev/v1alpha1"), "Version of this format.");
    static final Key<String> KIND = required("kind", word("Experiment"), "What this file describes.");

    static {
        group("metadata", "What the experiment is called.");
    }

    static final Key<String> NAME = required(
            "metadata.name",
            TEXT,
            "Name of the experiment, and the key of its spec on the topic. Lower-case letters, digits and hyphens, at most 63.");
    static final Key<Node.Mapping> LABELS = key(
            "metadata.labels",
            ValueType.LABELS,
            new Node.Mapping(null, Map.of()),
            "Up to 20 texts of your own; they become tags of the tracked runs.");
    static final Key<Integer> GENERATION = key(
            "metadata.generation",
            INTEGER,
            1,
            "At least 1. The same spec gives the same runs, and is run once; raise this to run it again, under new ids.");

    static {
        group("spec", "What is run.");
    }

    static final Key<Preset> PRESET = derived(
            "spec.preset",
            choice(Preset.class),
            "none",
            "Published settings by name; see [Presets](#presets). They say what this spec does not; what it says wins.");

    static {
        group("spec.dataset", "Which images.");
    }

    static final Key<String> DATASET = required(
            "spec.dataset.name",
            TEXT,
            "One of `%s`; or `%s`, which is drawn and needs no files."
                    .formatted(String.join("`, `", Datasets.names()), DatasetSettings.GAUSSIAN_MIXTURE));

    static {
        group(
                "spec.dataset.mixture",
                "What `gaussian-mixture` is drawn from, and no other data set: two classes of equal size (Xu et al., 2021,"
                        + " section 2). An image is a row of d pixels; each is 1/2 + x, with x normal around -eta (class `-1`)"
                        + " or +eta (class `+1`). eta and sigma are in units of pixel value, as every epsilon is; only their"
                        + " ratios matter, so numbers from elsewhere, such as eta 1, sigma 1, epsilon 0.25, are all divided by"
                        + " what makes eta + 5 · k · sigma at most 0.5: by 50, say, for k 4. Then pixels keep within [0, 1]."
                        + " Convolutions want more than one row: the net for it is"
                        + " `linear`, and examples/gaussian-mixture.yaml says how to train it.");
    }

    static final Key<Integer> MIXTURE_D = key(
            "spec.dataset.mixture.d",
            INTEGER,
            MixtureSettings.DEFAULT.d(),
            "Dimensions, which are pixels; from 1 to 100,000.");
    static final Key<Double> MIXTURE_ETA = key(
            "spec.dataset.mixture.eta",
            NUMBER,
            MixtureSettings.DEFAULT.eta(),
            "Distance of both means from middle grey in every pixel, in (0, 0.5).");
    static final Key<Double> MIXTURE_SIGMA = key(
            "spec.dataset.mixture.sigma",
            NUMBER,
            MixtureSettings.DEFAULT.sigma(),
            "Standard deviation of class `-1`, positive.");
    static final Key<Double> MIXTURE_K = key(
            "spec.dataset.mixture.k",
            NUMBER,
            MixtureSettings.DEFAULT.k(),
            "The deviation of class `+1` is k · sigma; above 1.");

    static {
        group(
                "spec.dataset.split",
                "Sizes in images. Training and validation images are drawn, without overlap, from the official training set,"
                        + " test images from the official test set. Of `gaussian-mixture` as many are drawn as the parts need,"
                        + " up to 100,000,000 pixels for training and validation, and for testing.");
    }

    static final Key<Integer> TRAIN = derived(
            "spec.dataset.split.train",
            INTEGER,
            "all that validation leaves; %,d of `gaussian-mixture`".formatted(SplitSettings.OF_MIXTURE.train()),
            "Images to train on.");
    static final Key<Integer> VALIDATION = derived(
            "spec.dataset.split.validation",
            INTEGER,
            "1/30 of the official training set, rounded to hundreds (of a set below 3,000 images: to one); %,d of `gaussian-mixture`"
                    .formatted(SplitSettings.OF_MIXTURE.validation()),
            "Images by which the controller evaluates every epoch.");
    static final Key<Integer> TEST = derived(
            "spec.dataset.split.test",
            INTEGER,
            "the official test set; %,d of `gaussian-mixture`".formatted(SplitSettings.OF_MIXTURE.test()),
            "Images by which the end of the run is evaluated.");
    static final Key<Long> SPLIT_SEED = key(
            "spec.dataset.split.seed",
            SEED,
            1L,
            "Which images are drawn. Not the run's seed: the seeds of a sweep share one split unless this is swept too.");

    static final Key<SplitMethod> SPLIT_METHOD = key(
            "spec.dataset.split.method",
            choice(SplitMethod.class),
            SplitSettings.METHOD,
            "Which images are held out for validation: `seeded` draws them; `last-per-class` takes the last of every class in the"
                    + " order of the files, as many of each, so that validation must be a multiple of the classes. The"
                    + " authors of Fair Robust Learning hold out the last 300 of CIFAR-10's classes: `{method: last-per-class,"
                    + " validation: 3000}`. Training images are drawn from the rest, or are the rest.");

    static {
        group("spec.model", "Which net.");
    }

    static final Key<String> ARCH = required("spec.model.arch", TEXT, "Name of the architecture.");
    static final Key<Integer> CLASSES = derived(
            "spec.model.classes",
            INTEGER,
            "as the data set has",
            "Only checked: it must be the data set's own number.");

    static {
        group("spec.training", "How the net is trained, from its warm start on.");
    }

    static final Key<MethodName> METHOD = key(
            "spec.training.method",
            choice(MethodName.class),
            MethodName.TRADES,
            "The loss: cross-entropy on clean images, on attacked images (Madry et al., 2017), or on clean images plus the"
                    + " divergence under attack (Zhang et al., 2019). `fgsm-at` and `bim-at` are `pgd-at` with another inner"
                    + " attack: FGSM, or PGD from the clean image, which is the basic iterative method (Kurakin et al., 2016).");
    static final Key<Double> BETA = key(
            "spec.training.beta",
            NUMBER,
            TrainingSettings.BETA,
            "From 0 to 1000. Weight of the divergence in `trades`; the other methods ignore it.");
    static final Key<Integer> EPOCHS =
            key("spec.training.epochs", INTEGER, TrainingSettings.EPOCHS, "From 1 to 100,000; warm start not counted.");
    static final Key<Integer> BATCH_SIZE = key(
            "spec.training.batchSize",
            INTEGER,
            TrainingSettings.BATCH_SIZE,
            "From 1 to 65,536 and to the training images.");
    static final Key<Long> TRAINING_SEED = key(
            "spec.training.seed",
            SEED,
            TrainingSettings.SEED,
            "Of everything that is drawn in the run: first weights, order of the images, random starts of attacks.");

    static {
        group(
                "spec.training.optimizer",
                "v ← momentum · v + gradient + weightDecay · w, then w ← w − learningRate · v, as PyTorch does it.");
    }

    static final Key<String> OPTIMIZER =
            key("spec.training.optimizer.name", word("sgd"), "sgd", "The only one so far.");
    static final Key<Double> LEARNING_RATE = key(
            "spec.training.optimizer.learningRate",
            NUMBER,
            OptimizerSettings.LEARNING_RATE,
            "Before the schedule, in (0, 10].");
    static final Key<Double> MOMENTUM =
            key("spec.training.optimizer.momentum", NUMBER, OptimizerSettings.MOMENTUM, "In [0, 1).");
    static final Key<Double> WEIGHT_DECAY = key(
            "spec.training.optimizer.weightDecay",
            NUMBER,
            OptimizerSettings.WEIGHT_DECAY,
            "On every weight, in [0, 1).");

    static final ScheduleKeys SCHEDULE = new ScheduleKeys(
            "spec.training.schedule",
            "`constant` if weights are averaged, else `multi-step`; `multi-step` where milestones or factor are given",
            "The learning rate over the epochs. Without a falling rate or averaged weights the loop of Fair Robust Learning"
                    + " swings, and its last epoch is a lottery.");

    static {
        group(
                "spec.training.augmentation",
                "How training images are varied, in the warm start too: each anew in every epoch, before it is attacked. Images that"
                        + " are evaluated never are.");
    }

    static final Key<Integer> CROP = derived(
            "spec.training.augmentation.crop",
            INTEGER,
            "0; 4 where a preset meets `cifar10`",
            "Pixels of zeros on each side, before a random part of the image's own size is cut out; 0 for no crop, less than"
                    + " the image's height and width. 4 is usual for 32 x 32.");
    static final Key<Boolean> FLIP = derived(
            "spec.training.augmentation.flip",
            FLAG,
            "false; true where a preset meets `cifar10`",
            "Whether every other image, by chance, is turned left to right. Makes no sense where left and right differ: the"
                    + " digits of `mnist` and `svhn`.");

    static {
        group(
                "spec.training.averaging",
                "A moving average of the weights: average ← decay · average + (1 − decay) · weights. The average is what is"
                        + " tested at the end. Without this group nothing is averaged; `averaging: {}` takes all defaults.");
    }

    static final Key<Double> DECAY = key(
            "spec.training.averaging.decay",
            NUMBER,
            AveragingSettings.DECAY,
            "Share of the old average kept, in [0, 1).");
    static final Key<Every> EVERY = key(
            "spec.training.averaging.every",
            choice(Every.class),
            AveragingSettings.EVERY,
            "How often the average moves.");
    static final Key<Evaluated> EVALUATED = key(
            "spec.training.averaging.evaluated",
            choice(Evaluated.class),
            AveragingSettings.EVALUATED,
            "Which weights are evaluated after every epoch.");

    static {
        group(
                "spec.warmStart",
                "What the run begins from: the weights of a file, or weights that are warmed up first, once for all runs that"
                        + " ask for the same. Without this group a run begins from fresh weights; `warmStart: {}` warms up by all"
                        + " defaults. The policies of Fair Robust Learning are meant to begin from a robust net.");
    }

    static final Key<String> CHECKPOINT = derived(
            "spec.warmStart.checkpoint",
            TEXT,
            "none",
            "`file:/…` URI of a safetensors file. Excludes the other keys of this group.");
    static final Key<MethodName> WARM_METHOD = derived(
            "spec.warmStart.method",
            choice(MethodName.class),
            "`spec.training.method`",
            "The loss of the warm start. Its inner attack is its runs' own: `fgsm-at` and `bim-at` are taken only where"
                    + " `spec.training.method` is the same, and `pgd-at` not beside those two.");
    static final Key<Integer> WARM_EPOCHS =
            key("spec.warmStart.epochs", INTEGER, Pretrained.EPOCHS, "From 1 to 100,000.");
    static final Key<Double> WARM_LEARNING_RATE =
            key("spec.warmStart.learningRate", NUMBER, Pretrained.LEARNING_RATE, "Before the schedule, in (0, 10].");
    static final ScheduleKeys WARM_SCHEDULE = new ScheduleKeys(
            "spec.warmStart.schedule", "`multi-step`", "The learning rate over the epochs of the warm start.");

    static {
        group("spec.attack", "How images are attacked, within a ball around each.");
    }

    static final AttackKeys TRAINING_ATTACK = AttackKeys.ofTraining();
    static final AttackKeys.EvaluationAttack VALIDATION_ATTACK = AttackKeys.ofValidation();
    static final AttackKeys.EvaluationAttack TEST_ATTACK = AttackKeys.ofTest();
    static final Key<Boolean> BEST = key(
            "spec.attack.test.best",
            FLAG,
            EvaluationAttack.BEST,
            "Whether the weights that did best on validation are tested beside the last ones.");

    static {
        group("spec.fairness", "How the controller answers the errors of the classes (Xu et al., 2021).");
    }

    static final Key<Policy> POLICY = key(
            "spec.fairness.policy",
            choice(Policy.class),
            Policy.NONE,
            "What answers: class weights (`frl-reweight`), margins (`frl-remargin`), or both. `baseline-reweight` is to compare"
                    + " with: it weighs the classes once, by the errors of epoch 0, and never again; the cap goes to the"
                    + " classes past their tolerance, in proportion to how far; the rule is ours, since we found no formula in"
                    + " the paper. Required if anything else is said in"
                    + " this group, unless a preset says it.");
    static final Key<Double> TOLERANCE = derived(
            "spec.fairness.tolerance",
            NUMBER,
            "by its parts",
            "Both tolerances in one number: how far a class's error may lie above the average. An error fraction in (0, 1);"
                    + " for 5 points write 0.05.");
    static final Key<Double> CAP = key(
            "spec.fairness.cap",
            NUMBER,
            FairnessSettings.CAP,
            "Largest sum of the standard multipliers, and of the boundary multipliers; in (0, 1]. With `baseline-reweight` it"
                    + " is their sum where any class is past its tolerance.");

    static {
        group("spec.fairness.tolerance", "The two tolerances apart.");
    }

    static final Key<Double> STANDARD_TOLERANCE = tolerance("standard");
    static final Key<Double> BOUNDARY_TOLERANCE = tolerance("boundary");

    static {
        group(
                "spec.fairness.rates",
                "How fast multipliers move, per unit of violation and epoch. `baseline-reweight` ignores them.");
    }

    static final Key<Double> STANDARD_RATE = key(
            "spec.fairness.rates.standard",
            NUMBER,
            Rates.DEFAULT.standard(),
            "Of the standard multipliers, from 0 to 100.");
    static final Key<Double> BOUNDARY_RATE = key(
            "spec.fairness.rates.boundary",
            NUMBER,
            Rates.DEFAULT.boundary(),
            "Of the boundary multipliers, from 0 to 100.");
    static final Key<Double> MARGIN_RATE = key(
            "spec.fairness.rates.margin", NUMBER, Rates.DEFAULT.margin(), "Of the margins' logarithm, from 0 to 100.");
    static final Key<Integer> HALVE_EVERY = key(
            "spec.fairness.rates.halveEvery",
            INTEGER,
            Rates.DEFAULT.halveEvery(),
            "Epochs after which the first two are halved, again and again; at least 1.");

    static {
        group("spec.fairness.margin", "Bounds of the factor on a class's radius in training.");
    }

    static final Key<Double> MARGIN_FLOOR =
            key("spec.fairness.margin.floor", NUMBER, FairnessSettings.MARGIN_FLOOR, "In (0, 1].");
    static final Key<Double> MARGIN_CEILING =
            key("spec.fairness.margin.ceiling", NUMBER, FairnessSettings.MARGIN_CEILING, "From 1 to 100.");

    static {
        group("spec.schedule", "How long a run waits, and how often it tries again.");
    }

    static final Key<Duration> EPOCH_DEADLINE = key(
            "spec.schedule.epochDeadline",
            DURATION,
            Deadlines.DEFAULT.epoch(),
            "From 1s to 30d. For the trainer to finish an epoch, and for the attackers to return the next shard, before the"
                    + " work is given out again.");
    static final Key<Duration> QUEUE_DEADLINE = key(
            "spec.schedule.queueDeadline",
            DURATION,
            Deadlines.DEFAULT.queue(),
            "From 1s to 30d. For a trainer to take the run at all.");
    static final Key<Integer> MAX_ATTEMPTS = key(
            "spec.schedule.maxAttempts",
            INTEGER,
            Deadlines.DEFAULT.maxAttempts(),
            "From 1 to 100. How often one piece of work is given out before the run fails.");

    static {
        group("spec.sweep", "Many runs from one spec.");
    }

    static final Key<Node.Mapping> SWEEP_GRID = derived(
            "spec.sweep.grid",
            GRID,
            "none: one run",
            "Paths below `spec`, each with the list of its values; one run for every combination, at most 10,000. The last"
                    + " path varies fastest.");

    /** @param path in full */
    static Optional<Key<?>> at(String path) {
        return Optional.ofNullable(ALL.get(path));
    }

    static boolean isGroup(String path) {
        return GROUPS.containsKey(path);
    }

    /** In the order of the docs. */
    static List<Key<?>> all() {
        return List.copyOf(ALL.values());
    }

    /** Path to what the group is about, in the order of the docs. */
    static Map<String, String> groups() {
        return Collections.unmodifiableMap(GROUPS);
    }

    /** Names within a group, of keys and groups. */
    static List<String> namesIn(String group) {
        String prefix = group.isEmpty() ? "" : group + ".";
        return java.util.stream.Stream.concat(ALL.keySet().stream(), GROUPS.keySet().stream())
                .filter(p -> !p.isEmpty() && p.startsWith(prefix) && p.indexOf('.', prefix.length()) < 0)
                .map(p -> p.substring(prefix.length()))
                .distinct()
                .toList();
    }

    static void group(String path, String meaning) {
        GROUPS.put(path, meaning);
    }

    private static Key<Double> tolerance(String part) {
        return derived(
                "spec.fairness.tolerance." + part,
                NUMBER,
                "`spec.fairness.tolerance` if that is a number; else %s for `frl-reweight` and %s for all others"
                        .formatted(
                                Numbers.shortest(FairnessSettings.defaultTolerance(Policy.FRL_REWEIGHT)),
                                Numbers.shortest(FairnessSettings.defaultTolerance(Policy.FRL_REWEIGHT_REMARGIN))),
                "Of the " + part + " error.");
    }

    static <T> Key<T> key(String path, ValueType<T> type, T fallback, String meaning) {
        return register(new Key<>(path, type, fallback, "`" + type.writer().apply(fallback) + "`", meaning));
    }

    static <T> Key<T> required(String path, ValueType<T> type, String meaning) {
        return register(new Key<>(path, type, null, Key.REQUIRED, meaning));
    }

    static <T> Key<T> derived(String path, ValueType<T> type, String fallbackDoc, String meaning) {
        return register(new Key<>(path, type, null, fallbackDoc, meaning));
    }

    private static <T> Key<T> register(Key<T> key) {
        if (ALL.put(key.path(), key) != null) {
            throw new IllegalStateException(key.path() + " is declared twice");
        }
        return key;
    }

    /** A learning-rate schedule, of training or of the warm start. */
    record ScheduleKeys(String path, Key<Curve> name, Key<List<Double>> milestones, Key<Double> factor) {
        ScheduleKeys(String path, String nameDefault, String meaning) {
            this(path, named(path, nameDefault, meaning), milestonesIn(path), factorIn(path));
        }

        private static Key<Curve> named(String path, String nameDefault, String meaning) {
            group(path, meaning);
            return derived(
                    path + ".name",
                    choice(Curve.class),
                    nameDefault,
                    "How the rate goes, by epochs e = 1 … E. `cosine`: (1 + cos(π (e − 1) / E)) / 2 times the learning rate."
                            + " `cyclic`, of fast adversarial training (Wong et al., 2020): up for half of the epochs and"
                            + " down again, 1 − \\|2 e − 1 − E\\| / E times the learning rate.");
        }

        private static Key<List<Double>> milestonesIn(String path) {
            return key(
                    path + ".milestones",
                    NUMBERS,
                    LearningRateSchedule.MILESTONES,
                    "Where it falls: ascending fractions of the epochs, each in [0, 1). `multi-step` only.");
        }

        private static Key<Double> factorIn(String path) {
            return key(
                    path + ".factor",
                    NUMBER,
                    LearningRateSchedule.FACTOR,
                    "Multiplied in at each milestone, in (0, 1]. `multi-step` only.");
        }
    }
}
