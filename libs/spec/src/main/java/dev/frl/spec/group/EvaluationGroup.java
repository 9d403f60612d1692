package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.INTEGER;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.Attacks.EvaluationAttack;
import dev.frl.core.settings.RunSettings;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Section.Group;
import java.util.Map;
import java.util.function.Function;

/** The keys of an attack that evaluates a part of the data, cut into shards. */
public record EvaluationGroup(AttackGroup attack, Key<Integer> restarts, Key<Integer> shards) {
    static EvaluationGroup of(
            Group group,
            Map<String, String> following,
            AttackSettings own,
            Function<RunSettings, EvaluationAttack> attack) {
        return new EvaluationGroup(
                AttackGroup.of(group, following, own, s -> attack.apply(s).attack()),
                AttackGroup.key(group, "restarts", INTEGER, EvaluationAttack.RESTARTS, following)
                        .in(EvaluationAttack.RESTARTS_RANGE)
                        .from(s -> hasRestarts(s.attack()) ? attack.apply(s).restarts() : null)
                        .means(
                                "Number of attacks on each image, each from a new random start; the image is robust only if it"
                                        + " withstands all of them. An attack without a random start is made once."),
                AttackGroup.key(group, "shards", INTEGER, EvaluationAttack.SHARDS, following)
                        .in(EvaluationAttack.SHARDS_RANGE)
                        .from(s -> attack.apply(s).shards())
                        .means(
                                "Number of parts that attackers can work on side by side, at most the number of images."));
    }

    /** Restarts came after the first release: the canonical text has both as soon as one of them is not the default. */
    private static boolean hasRestarts(Attacks attacks) {
        return attacks.validation().restarts() != EvaluationAttack.RESTARTS
                || attacks.test().restarts() != EvaluationAttack.RESTARTS;
    }

    EvaluationAttack settings(Resolution r, EvaluationAttack otherwise, boolean best) {
        var settings = attack.settings(r, attack.inNorm(r, otherwise.attack()));
        return r.build(
                attack.path(),
                g -> new EvaluationAttack(
                        settings, g.get(restarts, otherwise.restarts()), g.get(shards, otherwise.shards()), best));
    }
}
