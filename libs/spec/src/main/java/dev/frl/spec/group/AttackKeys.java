package dev.frl.spec.group;

import static dev.frl.spec.group.AttackGroup.QUARTER;
import static dev.frl.spec.key.ValueType.FLAG;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Norm;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.Attacks.EvaluationAttack;
import dev.frl.core.settings.Named;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;
import dev.frl.spec.key.Values.Value;
import dev.frl.spec.tree.Node;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code spec.attack}: the inner attack of training, and the attacks that evaluate. */
public final class AttackKeys {
    private AttackKeys() {}

    static final Section SECTION = new Section();

    static {
        SECTION.group("spec.attack", "How images are attacked, within a ball around each.");
    }

    public static final AttackGroup TRAINING = AttackGroup.of(
            SECTION.group(
                    "spec.attack.training",
                    "The inner attack of training. Margins multiply its radius and its step size."),
            Map.of(
                    "method", "`fgsm` for `fgsm-at`, `bim` for `bim-at`, else `pgd`",
                    "epsilon", Key.REQUIRED,
                    "stepSize", QUARTER,
                    "loss", "`kl` for `trades`, else `cross-entropy`",
                    "start", "`normal` for `trades`, `clean` for `fgsm-at` and `bim-at`, else `uniform`"),
            MethodName.TRADES.attack(Norm.LINF, 0),
            s -> s.attack().training());

    public static final EvaluationGroup VALIDATION = EvaluationGroup.of(
            SECTION.group(
                    "spec.attack.validation",
                    "The attack that evaluates every epoch for the controller. Margins do not change it."),
            following("spec.attack.training", List.of("norm", "epsilon", "stepSize")),
            AttackSettings.PGD_20,
            s -> s.attack().validation());

    private static final Group TEST_GROUP =
            SECTION.group("spec.attack.test", "The attack that evaluates the end of the run.");

    public static final EvaluationGroup TEST = EvaluationGroup.of(
            TEST_GROUP,
            following(
                    "spec.attack.validation",
                    List.of("method", "norm", "epsilon", "stepSize", "steps", "loss", "start", "restarts", "shards")),
            AttackSettings.PGD_20,
            s -> s.attack().test());

    public static final Key<Boolean> BEST = TEST_GROUP
            .key("best", FLAG)
            .byDefault(EvaluationAttack.BEST)
            .from(s -> s.attack().test().best())
            .means("Whether the best weights on validation are tested beside the last ones.");

    /** Defaults in words: the same as another attack's. */
    private static Map<String, String> following(String attack, List<String> names) {
        var words = new LinkedHashMap<String, String>();
        for (String name : names) {
            String same = "`" + attack + "." + name + "`";
            words.put(
                    name,
                    switch (name) {
                        case "epsilon" -> same + "; " + Key.REQUIRED + " in another norm";
                        case "stepSize" -> same + "; in another norm " + QUARTER;
                        default -> same;
                    });
        }
        return words;
    }

    public static Attacks settings(Resolution r) {
        var method = r.get(TrainingKeys.METHOD);
        double epsilon = r.required(TRAINING.epsilon(), "the radius of the attack, such as 8/255", 0.0);
        var norm = r.get(TRAINING.norm());
        var own = method.attack(norm, norm.range().contains(epsilon) ? epsilon : 0);
        if (method.namesAttack()) {
            refuseOther(r, TRAINING.method(), own.method(), method);
            refuseOther(r, TRAINING.start(), own.start(), method);
        }
        var training = TRAINING.settings(r, own);
        var otherwise = new EvaluationAttack(
                withBall(AttackSettings.PGD_20, training),
                EvaluationAttack.RESTARTS,
                EvaluationAttack.SHARDS,
                EvaluationAttack.BEST);
        var validation = VALIDATION.settings(r, otherwise, false);
        return new Attacks(training, validation, TEST.settings(r, validation, r.get(BEST)));
    }

    private static <T extends Named> void refuseOther(Resolution r, Key<T> key, T own, MethodName method) {
        Value value = r.values().at(key.path());
        if (value != null && !r.get(key, own).equals(own)) {
            r.refuse(
                    value,
                    String.format(
                            Locale.ROOT,
                            "is %s, but %s is %s, which means %s; drop one, or write the method pgd-at",
                            Node.shown(value.text()),
                            TrainingKeys.METHOD.path(),
                            method.label(),
                            own.label()));
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
}
