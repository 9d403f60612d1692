package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.INTEGER;
import static dev.frl.spec.key.ValueType.RATIO;
import static dev.frl.spec.key.ValueType.choice;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Norm;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.core.settings.Range;
import dev.frl.core.settings.RunSettings;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Section.Group;
import dev.frl.spec.key.ValueType;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** The keys of one attack. */
public record AttackGroup(
        String path,
        Key<Method> method,
        Key<Norm> norm,
        Key<Double> epsilon,
        Key<Double> stepSize,
        Key<Integer> steps,
        Key<Loss> loss,
        Key<Start> start) {
    static final String QUARTER = "epsilon / 4";

    /**
     * Declares the keys.
     *
     * @param following default in words of every key whose default follows from other settings, by name
     * @param own default of the other keys
     * @param attack where the attack stands in the settings of a run
     */
    static AttackGroup of(
            Group group,
            Map<String, String> following,
            AttackSettings own,
            Function<RunSettings, AttackSettings> attack) {
        return new AttackGroup(
                group.path(),
                key(group, "method", choice(Method.class), own.method(), following)
                        .from(s -> attack.apply(s).method())
                        .means(
                                "Algorithm: one step of the whole radius (`fgsm`, Goodfellow et al., 2014), or projected gradient"
                                        + " steps: from the clean image (`bim`, Kurakin et al., 2016), from `start` (`pgd`, Madry et al.,"
                                        + " 2017), or from there with steps that are halved where the loss no longer grows (`apgd`, Croce"
                                        + " and Hein, 2020)."),
                key(group, "norm", choice(Norm.class), own.norm(), following)
                        .from(s -> attack.apply(s).norm())
                        .means(
                                "Norm of the ball and of the steps: the largest change of a pixel, or the Euclidean length of the"
                                        + " whole change."),
                key(group, "epsilon", RATIO, own.epsilon(), following)
                        .in(distances())
                        .from(s -> attack.apply(s).epsilon())
                        .means(
                                "Radius in units of pixel value; write `8/255` as papers do. In `l2` at most the square root of the"
                                        + " number of pixel values, 28 for images of 28 x 28."),
                key(group, "stepSize", RATIO, own.stepSize(), following)
                        .in(distances())
                        .from(s -> attack.apply(s).stepSize())
                        .means(
                                "Length of one step in the same norm. FGSM ignores it, and so does APGD, whose first step is twice"
                                        + " the radius."),
                key(group, "steps", INTEGER, own.steps(), following)
                        .in(AttackSettings.STEPS_RANGE)
                        .from(s -> attack.apply(s).steps())
                        .means("Number of gradient steps. FGSM ignores it."),
                key(group, "loss", choice(Loss.class), own.loss(), following)
                        .from(s -> attack.apply(s).loss())
                        .means(
                                "Loss that the attack maximizes: cross-entropy, the divergence from the clean prediction (`kl`,"
                                        + " Zhang et al., 2019), the margin of the best wrong logit (`cw`, Carlini and Wagner, 2017), or"
                                        + " that margin over the spread of the three largest logits (`dlr`, Croce and Hein, 2020; for 3"
                                        + " classes or more)."),
                key(group, "start", choice(Start.class), own.start(), following)
                        .from(s -> attack.apply(s).start())
                        .means(
                                "Where the attack begins: the clean image, anywhere in the ball, or the clean image plus a little"
                                        + " noise. FGSM and BIM begin at the clean image."));
    }

    private static Map<String, Range> distances() {
        var byNorm = new LinkedHashMap<String, Range>();
        for (Norm norm : Norm.values()) {
            byNorm.put(norm.label(), norm.range());
        }
        return byNorm;
    }

    static <T> Key.Draft<T> key(Group group, String name, ValueType<T> type, T own, Map<String, String> following) {
        var key = group.key(name, type);
        String words = following.get(name);
        return words == null ? key.byDefault(own) : key.defaultsTo(words);
    }

    /**
     * The attack.
     *
     * @param otherwise in the norm that the keys name
     */
    AttackSettings settings(Resolution r, AttackSettings otherwise) {
        return r.build(
                path,
                g -> new AttackSettings(
                        g.get(method, otherwise.method()),
                        otherwise.norm(),
                        g.get(loss, otherwise.loss()),
                        g.get(epsilon, otherwise.epsilon()),
                        g.get(stepSize, otherwise.stepSize()),
                        g.get(steps, otherwise.steps()),
                        g.get(start, otherwise.start())));
    }

    /**
     * The attack in the norm that the keys name. If that is another norm, the radius must be written, and the step is a quarter
     * of it.
     */
    AttackSettings inNorm(Resolution r, AttackSettings attack) {
        var other = r.get(norm, attack.norm());
        if (other == attack.norm()) {
            return attack;
        }
        double written = r.required(
                epsilon,
                String.format(
                        Locale.ROOT,
                        "the radius in %s, since the one that would be taken over is in %s",
                        other.label(),
                        attack.norm().label()),
                0.0);
        double radius = other.range().contains(written) ? written : 0;
        return new AttackSettings(
                attack.method(), other, attack.loss(), radius, radius / 4, attack.steps(), attack.start());
    }
}
