package dev.frl.spec;

import static dev.frl.spec.Keys.derived;
import static dev.frl.spec.Keys.group;
import static dev.frl.spec.Keys.key;
import static dev.frl.spec.Keys.required;
import static dev.frl.spec.ValueType.INTEGER;
import static dev.frl.spec.ValueType.RATIO;
import static dev.frl.spec.ValueType.choice;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Norm;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.core.settings.Attacks;
import org.jspecify.annotations.Nullable;

/** The keys of one attack. */
record AttackKeys(
        String path,
        Key<Method> method,
        Key<Norm> norm,
        Key<Double> epsilon,
        Key<Double> stepSize,
        Key<Integer> steps,
        Key<Loss> loss,
        Key<Start> start) {
    private static final String NORM_DOC =
            "Of the ball and of the steps: the largest change of a pixel, or the Euclidean length of the whole change.";
    private static final String EPSILON_DOC =
            "Radius in units of pixel value: in `linf` in [0, 1], `8/255` as papers write it; in `l2` at most the square root of"
                    + " the number of pixel values, 28 for images of 28 x 28.";

    static AttackKeys ofTraining() {
        String p = "spec.attack.training";
        group(p, "The inner attack of training. Margins multiply its radius and its step.");
        return new AttackKeys(
                p,
                derived(
                        p + ".method",
                        choice(Method.class),
                        "`fgsm` for `fgsm-at`, `bim` for `bim-at`, else `pgd`",
                        METHOD_DOC),
                key(p + ".norm", choice(Norm.class), Norm.LINF, NORM_DOC),
                required(p + ".epsilon", RATIO, EPSILON_DOC),
                derived(p + ".stepSize", RATIO, QUARTER, STEP_DOC),
                key(p + ".steps", INTEGER, Attacks.TRAINING_STEPS, STEPS_DOC),
                derived(p + ".loss", choice(Loss.class), "`kl` for `trades`, else `cross-entropy`", LOSS_DOC),
                derived(
                        p + ".start",
                        choice(Start.class),
                        "`normal` for `trades`, `clean` for `fgsm-at` and `bim-at`, else `uniform`",
                        START_DOC));
    }

    /** @param from path of the attack that radius and step come from */
    static AttackKeys ofEvaluation(String p, String from, @Nullable AttackSettings own) {
        String same = "`" + from + ".%s`";
        return new AttackKeys(
                p,
                orSame(p, "method", choice(Method.class), own == null ? null : own.method(), same, METHOD_DOC),
                derived(p + ".norm", choice(Norm.class), same.formatted("norm"), NORM_DOC),
                derived(
                        p + ".epsilon",
                        RATIO,
                        same.formatted("epsilon") + "; **required** in another norm",
                        EPSILON_DOC),
                derived(p + ".stepSize", RATIO, same.formatted("stepSize") + "; in another norm " + QUARTER, STEP_DOC),
                orSame(p, "steps", INTEGER, own == null ? null : own.steps(), same, STEPS_DOC),
                orSame(p, "loss", choice(Loss.class), own == null ? null : own.loss(), same, LOSS_DOC),
                orSame(p, "start", choice(Start.class), own == null ? null : own.start(), same, START_DOC));
    }

    private static <T> Key<T> orSame(
            String p, String name, ValueType<T> type, @Nullable T own, String same, String meaning) {
        return own == null
                ? derived(p + "." + name, type, same.formatted(name), meaning)
                : key(p + "." + name, type, own, meaning);
    }

    private static final String METHOD_DOC =
            "One step of the whole radius (Goodfellow et al., 2014), or projected gradient steps: from the clean image"
                    + " (`bim`, Kurakin et al., 2016), from `start` (`pgd`, Madry et al., 2017), or from there in steps that are"
                    + " halved where the loss no longer grows (`apgd`, Croce and Hein, 2020).";
    private static final String QUARTER = "epsilon / 4";
    private static final String STEP_DOC =
            "Length of one step in the same norm, as a number or a fraction. FGSM ignores it, and so does APGD, whose first"
                    + " step is twice the radius.";
    private static final String STEPS_DOC = "From 1 to 10,000. FGSM ignores it.";
    private static final String LOSS_DOC =
            "What the attack climbs: cross-entropy, the divergence from the clean prediction (`kl`, Zhang et al., 2019), the"
                    + " margin of the best wrong logit (`cw`, Carlini and Wagner, 2017), or that margin over the spread of the"
                    + " three largest logits (`dlr`, Croce and Hein, 2020; for 3 classes or more).";
    private static final String START_DOC =
            "Where it begins: the clean image, anywhere in the ball, or the clean image and a little noise. FGSM and"
                    + " BIM begin at the clean image.";

    static EvaluationAttack ofValidation() {
        String p = "spec.attack.validation";
        group(p, "The attack by which every epoch is evaluated for the controller; margins do not touch it.");
        return new EvaluationAttack(
                ofEvaluation(p, "spec.attack.training", AttackSettings.PGD_20),
                key(p + ".restarts", INTEGER, Attacks.EvaluationAttack.RESTARTS, RESTARTS_DOC),
                key(p + ".shards", INTEGER, Attacks.EvaluationAttack.SHARDS, SHARDS_DOC));
    }

    static EvaluationAttack ofTest() {
        String p = "spec.attack.test";
        group(p, "The attack by which the end of the run is evaluated.");
        return new EvaluationAttack(
                ofEvaluation(p, "spec.attack.validation", null),
                derived(p + ".restarts", INTEGER, "`spec.attack.validation.restarts`", RESTARTS_DOC),
                derived(p + ".shards", INTEGER, "`spec.attack.validation.shards`", SHARDS_DOC));
    }

    private static final String RESTARTS_DOC =
            "How often each image is attacked, from 1 to 10,000, each time from a new random start; it is robust only if it"
                    + " withstands all. An attack that draws no start is made once.";
    private static final String SHARDS_DOC =
            "Parts that attackers can work on side by side, from 1 to 10,000 and to the images.";

    /** An attack that evaluates a part of the data, cut into shards. */
    record EvaluationAttack(AttackKeys attack, Key<Integer> restarts, Key<Integer> shards) {}
}
