package dev.frl.spec;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.AugmentationSettings;
import dev.frl.core.settings.AveragingSettings;
import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.Deadlines;
import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.LearningRateSchedule;
import dev.frl.core.settings.LearningRateSchedule.Curve;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingSettings;
import dev.frl.core.settings.WarmStart;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.Collectors;

/**
 * The one text of a run's settings: what travels, and what is hashed. It is the {@code spec} of an experiment as JSON, with
 * every default written out, keys in a fixed order, no white space, the shortest numbers that read back to the same
 * doubles, and durations as {@code 1h30m}. Changing any of this changes all ids of runs. Therefore what came later,
 * restarts, augmentation and the method of a split, is written only where it is not the default.
 */
public final class CanonicalSpec {
    private CanonicalSpec() {}

    /** {@code read(write(s))} equals {@code s}. */
    public static String write(RunSettings settings) {
        var json = new Json()
                .put("dataset", dataset(settings.dataset()))
                .put("model", new Json().put("arch", settings.architecture()))
                .put("training", training(settings.training()));
        var warmStart = settings.warmStart();
        if (warmStart != null) {
            json.put("warmStart", warmStart(warmStart));
        }
        Attacks attack = settings.attack();
        boolean restarts = attack.validation().restarts() != Attacks.EvaluationAttack.RESTARTS
                || attack.test().restarts() != Attacks.EvaluationAttack.RESTARTS;
        return json.put(
                        "attack",
                        new Json()
                                .put("training", attack(attack.training()))
                                .put("validation", evaluation(attack.validation(), restarts))
                                .put(
                                        "test",
                                        evaluation(attack.test(), restarts)
                                                .put("best", attack.test().best())))
                .put("fairness", fairness(settings.fairness()))
                .put("schedule", deadlines(settings.deadlines()))
                .toString();
    }

    private static Json dataset(DatasetSettings d) {
        var json = new Json().put("name", d.name());
        var mixture = d.mixture();
        if (mixture != null) {
            json.put(
                    "mixture",
                    new Json()
                            .put("d", mixture.d())
                            .put("eta", mixture.eta())
                            .put("sigma", mixture.sigma())
                            .put("k", mixture.k()));
        }
        var split = d.split();
        var parts = new Json()
                .put("train", split.train())
                .put("validation", split.validation())
                .put("test", split.test())
                .put("seed", split.seed());
        return json.put(
                "split",
                split.method() == DatasetSettings.SplitSettings.METHOD
                        ? parts
                        : parts.put("method", split.method().label()));
    }

    private static Json training(TrainingSettings t) {
        var json = new Json()
                .put("method", t.method().label())
                .put("beta", t.beta())
                .put("epochs", t.epochs())
                .put("batchSize", t.batchSize())
                .put("seed", t.seed())
                .put(
                        "optimizer",
                        new Json()
                                .put("name", "sgd")
                                .put("learningRate", t.optimizer().learningRate())
                                .put("momentum", t.optimizer().momentum())
                                .put("weightDecay", t.optimizer().weightDecay()))
                .put("schedule", schedule(t.schedule()));
        if (!t.augmentation().equals(AugmentationSettings.NONE)) {
            json.put(
                    "augmentation",
                    new Json()
                            .put("crop", t.augmentation().crop())
                            .put("flip", t.augmentation().flip()));
        }
        AveragingSettings averaging = t.averaging();
        return averaging == null
                ? json
                : json.put(
                        "averaging",
                        new Json()
                                .put("decay", averaging.decay())
                                .put("every", averaging.every().label())
                                .put("evaluated", averaging.evaluated().label()));
    }

    private static Json schedule(LearningRateSchedule s) {
        var json = new Json().put("name", s.curve().label());
        return s.curve() == Curve.MULTI_STEP
                ? json.put("milestones", s.milestones()).put("factor", s.factor())
                : json;
    }

    private static Json warmStart(WarmStart warmStart) {
        if (warmStart instanceof WarmStart.FromCheckpoint c) {
            return new Json().put("checkpoint", c.location());
        }
        var w = (WarmStart.Pretrained) warmStart;
        return new Json()
                .put("method", w.method().label())
                .put("epochs", w.epochs())
                .put("learningRate", w.learningRate())
                .put("schedule", schedule(w.schedule()));
    }

    private static Json attack(AttackSettings a) {
        return new Json()
                .put("method", a.method().label())
                .put("norm", a.norm().label())
                .put("epsilon", a.epsilon())
                .put("stepSize", a.stepSize())
                .put("steps", a.steps())
                .put("loss", a.loss().label())
                .put("start", a.start().label());
    }

    private static Json evaluation(Attacks.EvaluationAttack j, boolean restarts) {
        var json = attack(j.attack());
        return (restarts ? json.put("restarts", j.restarts()) : json).put("shards", j.shards());
    }

    private static Json fairness(FairnessSettings f) {
        var rates = f.rates();
        return new Json()
                .put("policy", f.policy().label())
                .put(
                        "tolerance",
                        new Json().put("standard", f.standardTolerance()).put("boundary", f.boundaryTolerance()))
                .put(
                        "rates",
                        new Json()
                                .put("standard", rates.standard())
                                .put("boundary", rates.boundary())
                                .put("margin", rates.margin())
                                .put("halveEvery", rates.halveEvery()))
                .put("cap", f.cap())
                .put("margin", new Json().put("floor", f.marginFloor()).put("ceiling", f.marginCeiling()));
    }

    private static Json deadlines(Deadlines d) {
        return new Json()
                .put("epochDeadline", d.epoch())
                .put("queueDeadline", d.queue())
                .put("maxAttempts", d.maxAttempts());
    }

    /**
     * The settings that {@link #write} wrote.
     *
     * @throws IllegalArgumentException with all that is wrong, if this is not a text that {@link #write} gives
     */
    public static RunSettings read(String json) {
        var found = new Found();
        var tree = json.length() <= YamlTree.MAX_BYTES
                ? YamlTree.parse(json, found)
                : YamlTree.read(json.getBytes(StandardCharsets.UTF_8), found);
        if (tree.isPresent()) {
            Values values = ValuesReader.read(tree.get(), 1, "spec", "spec", found);
            if (values.hasGroup("spec.sweep")) {
                found.add(values.lineAround("spec.sweep."), "spec.sweep", "is no setting of a single run");
            }
            RunSettings settings = Resolver.resolve(values, found, null);
            if (found.isEmpty()) {
                return settings;
            }
        }
        throw new IllegalArgumentException("the canonical spec is not valid: "
                + found.inOrder().stream()
                        .map(p -> (p.path() + " " + p.message()).strip())
                        .collect(Collectors.joining("; ")));
    }

    /** SHA-256 of the text's UTF-8, 64 hex digits. */
    public static String sha256(String canonicalSpec) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(canonicalSpec.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
