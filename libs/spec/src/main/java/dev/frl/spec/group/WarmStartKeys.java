package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.INTEGER;
import static dev.frl.spec.key.ValueType.NUMBER;
import static dev.frl.spec.key.ValueType.TEXT;
import static dev.frl.spec.key.ValueType.choice;

import dev.frl.core.settings.LearningRateSchedule.Curve;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.core.settings.TrainingSettings;
import dev.frl.core.settings.WarmStart;
import dev.frl.core.settings.WarmStart.FromCheckpoint;
import dev.frl.core.settings.WarmStart.Pretrained;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;
import dev.frl.spec.key.Values.Value;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@code spec.warmStart}: the weights that a run starts from. */
public final class WarmStartKeys {
    private WarmStartKeys() {}

    private static final String ANY_FILE = "file:/";

    static final Section SECTION = new Section();
    private static final Group WARM_START = SECTION.group(
            "spec.warmStart",
            "The weights that the run starts from: those of a file, or those of a warm-start run, which is trained once for all"
                    + " runs that ask for the same. Without this group a run starts from random initial weights; `warmStart: {}`"
                    + " takes all defaults. The policies of Fair Robust Learning are meant to start from a robust net.");

    public static final Key<String> CHECKPOINT = WARM_START
            .key("checkpoint", TEXT)
            .from(s -> s.warmStart() instanceof FromCheckpoint c ? c.location() : null)
            .means("`file:/…` or `s3://…` URI of a safetensors file. Excludes the other keys of this group.");
    public static final Key<MethodName> METHOD = WARM_START
            .key("method", choice(MethodName.class))
            .defaultsTo("`spec.training.method`")
            .from(pretrained(w -> MethodName.of(w.method())))
            .means(
                    "Loss of the warm start. Its inner attack is the runs' own: `fgsm-at` and `bim-at` are accepted only where"
                            + " `spec.training.method` is the same, and `pgd-at` not beside those two.");
    public static final Key<Integer> EPOCHS = WARM_START
            .key("epochs", INTEGER)
            .in(TrainingSettings.EPOCHS_RANGE)
            .byDefault(Pretrained.EPOCHS)
            .from(pretrained(Pretrained::epochs))
            .means("Number of epochs of the warm start.");
    public static final Key<Double> LEARNING_RATE = WARM_START
            .key("learningRate", NUMBER)
            .in(OptimizerSettings.LEARNING_RATE_RANGE)
            .byDefault(Pretrained.LEARNING_RATE)
            .from(pretrained(Pretrained::learningRate))
            .means("Learning rate of the warm start, before its schedule.");

    private static <T> Function<RunSettings, @Nullable T> pretrained(Function<Pretrained, T> part) {
        return s -> s.warmStart() instanceof Pretrained w ? part.apply(w) : null;
    }

    /** Null without the group. */
    public static @Nullable WarmStart settings(Resolution r) {
        if (!r.values().hasGroup(WARM_START.path())) {
            return null;
        }
        Value checkpoint = r.values().at(CHECKPOINT.path());
        return checkpoint == null ? pretrained(r) : fromCheckpoint(r, checkpoint);
    }

    private static WarmStart pretrained(Resolution r) {
        var schedule = ScheduleGroup.OF_WARM_START.settings(r, Curve.MULTI_STEP);
        var training = r.get(TrainingKeys.METHOD);
        var name = r.get(METHOD, training);
        refuseOtherAttack(r, name, training);
        return r.build(
                WARM_START.path(), g -> new Pretrained(name.method(), g.get(EPOCHS), g.get(LEARNING_RATE), schedule));
    }

    private static WarmStart fromCheckpoint(Resolution r, Value checkpoint) {
        r.values().within(WARM_START.path()).entrySet().stream()
                .filter(e -> !e.getKey().equals(CHECKPOINT.path()))
                .map(Map.Entry::getValue)
                .findFirst()
                .ifPresent(other -> r.refuse(
                        other,
                        String.format(
                                Locale.ROOT,
                                "is given, but %s is too: weights come from a file or from a warm start; drop one",
                                checkpoint.path())));
        return r.build(WARM_START.path(), g -> new FromCheckpoint(g.get(CHECKPOINT, ANY_FILE)));
    }

    /** A warm start has the inner attack of its runs, which one of another name would not be. */
    private static void refuseOtherAttack(Resolution r, MethodName warmStart, MethodName training) {
        boolean attacksAlike = warmStart == training || !(warmStart.namesAttack() || training.namesAttack());
        Value value = r.values().at(METHOD.path());
        if (value != null && warmStart.method() == TrainingMethod.PGD_AT && !attacksAlike) {
            r.refuse(
                    value,
                    String.format(
                            Locale.ROOT,
                            "is %s, but a warm start has the inner attack of its runs, and %s is %s; leave it out to warm up by %s",
                            warmStart.label(),
                            TrainingKeys.METHOD.path(),
                            training.label(),
                            training.label()));
        }
    }
}
