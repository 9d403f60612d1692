package dev.frl.spec.group;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Norm;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.Named;
import dev.frl.core.settings.TrainingMethod;

/**
 * A method of training as a spec names it: a loss, and the inner attack that goes with it. A resolved spec says both apart, so
 * {@code fgsm-at} reads there as {@code pgd-at} with an inner attack by FGSM.
 */
public enum MethodName implements Named {
    NATURAL(TrainingMethod.NATURAL, Method.PGD, Loss.CROSS_ENTROPY, Start.UNIFORM),
    /** On images under FGSM (Goodfellow et al., 2014). */
    FGSM_AT("fgsm-at", TrainingMethod.PGD_AT, Method.FGSM, Loss.CROSS_ENTROPY, Start.CLEAN),
    /** On images under the basic iterative method (Kurakin et al., 2016). */
    BIM_AT("bim-at", TrainingMethod.PGD_AT, Method.BIM, Loss.CROSS_ENTROPY, Start.CLEAN),
    PGD_AT(TrainingMethod.PGD_AT, Method.PGD, Loss.CROSS_ENTROPY, Start.UNIFORM),
    TRADES(TrainingMethod.TRADES, Method.PGD, Loss.KL, Start.NORMAL);

    private final String label;
    private final TrainingMethod method;
    private final Method attack;
    private final Loss loss;
    private final Start start;

    MethodName(TrainingMethod method, Method attack, Loss loss, Start start) {
        this(method.label(), method, attack, loss, start);
    }

    MethodName(String label, TrainingMethod method, Method attack, Loss loss, Start start) {
        this.label = label;
        this.method = method;
        this.attack = attack;
        this.loss = loss;
        this.start = start;
    }

    @Override
    public String label() {
        return label;
    }

    public TrainingMethod method() {
        return method;
    }

    /** Whether the name stands for an inner attack too; the spec then cannot choose another one. */
    public boolean namesAttack() {
        return !label.equals(method.label());
    }

    /** The inner attack unless the spec says otherwise; its step is a quarter of the radius. */
    public AttackSettings attack(Norm norm, double epsilon) {
        return new AttackSettings(attack, norm, loss, epsilon, epsilon / 4, Attacks.TRAINING_STEPS, start);
    }

    /** The name that is the method's own. */
    public static MethodName of(TrainingMethod method) {
        for (MethodName name : values()) {
            if (name.method == method && !name.namesAttack()) {
                return name;
            }
        }
        throw new IllegalStateException(method + " has no name of its own");
    }
}
