package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.INTEGER;
import static dev.frl.spec.key.ValueType.NUMBER;
import static dev.frl.spec.key.ValueType.choice;

import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.FrlSettings;
import dev.frl.core.settings.FrlSettings.Rates;
import dev.frl.core.settings.RunSettings;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;
import dev.frl.spec.tree.Numbers;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@code spec.fairness}: how the controller responds to the errors of the classes. */
public final class FairnessKeys {
    private FairnessKeys() {}

    private static final String TOLERANCE_DEFAULT = String.format(
            Locale.ROOT,
            "`spec.fairness.tolerance` if that is a number; else %s for `frl-reweight` and %s for all others",
            Numbers.shortest(FrlSettings.defaultTolerance(Policy.FRL_REWEIGHT)),
            Numbers.shortest(FrlSettings.defaultTolerance(Policy.FRL_REWEIGHT_REMARGIN)));

    static final Section SECTION = new Section();
    private static final Group FAIRNESS = SECTION.group(
            "spec.fairness", "How the controller responds to the errors of the classes (Xu et al., 2021).");

    public static final Key<Policy> POLICY = FAIRNESS.key("policy", choice(Policy.class))
            .byDefault(Policy.NONE)
            .from(s -> s.fairness().policy())
            .means("What the controller changes: class weights (`frl-reweight`), margins (`frl-remargin`), or both."
                    + " `baseline-reweight` is for comparison: it sets the class weights once, by the errors of epoch 0. The cap"
                    + " is divided among the classes past their tolerance, in proportion to their excess; the rule is ours, since"
                    + " we found no formula in the paper. Required if anything else is given in this group, unless a preset gives"
                    + " it.");
    public static final Key<Double> TOLERANCE = FAIRNESS.key("tolerance", NUMBER)
            .in(FrlSettings.TOLERANCE_RANGE)
            .defaultsTo("by its parts")
            .means(
                    "Both tolerances in one number: how far the error of a class may lie above the average. An error fraction; for"
                            + " 5 points write 0.05.");

    private static final Group TOLERANCES = SECTION.group("spec.fairness.tolerance", "The two tolerances, one by one.");

    public static final Key<Double> STANDARD_TOLERANCE = TOLERANCES
            .key("standard", NUMBER)
            .in(FrlSettings.TOLERANCE_RANGE)
            .defaultsTo(TOLERANCE_DEFAULT)
            .from(frl(FrlSettings::standardTolerance))
            .means("Tolerance of the standard error.");
    public static final Key<Double> BOUNDARY_TOLERANCE = TOLERANCES
            .key("boundary", NUMBER)
            .in(FrlSettings.TOLERANCE_RANGE)
            .defaultsTo(TOLERANCE_DEFAULT)
            .from(frl(FrlSettings::boundaryTolerance))
            .means("Tolerance of the boundary error.");

    private static final Group RATES = SECTION.group(
            "spec.fairness.rates",
            "How fast multipliers move, per unit of violation and epoch. `baseline-reweight` ignores the rates.");

    public static final Key<Double> STANDARD_RATE = RATES.key("standard", NUMBER)
            .in(Rates.RANGE)
            .byDefault(Rates.DEFAULT.standard())
            .from(rates(Rates::standard))
            .means("Rate of the standard multipliers.");
    public static final Key<Double> BOUNDARY_RATE = RATES.key("boundary", NUMBER)
            .in(Rates.RANGE)
            .byDefault(Rates.DEFAULT.boundary())
            .from(rates(Rates::boundary))
            .means("Rate of the boundary multipliers.");
    public static final Key<Double> MARGIN_RATE = RATES.key("margin", NUMBER)
            .in(Rates.RANGE)
            .byDefault(Rates.DEFAULT.margin())
            .from(rates(Rates::margin))
            .means("Rate of the margins' logarithm.");
    public static final Key<Integer> HALVE_EVERY = RATES.key("halveEvery", INTEGER)
            .in(Rates.HALVE_EVERY_RANGE)
            .byDefault(Rates.DEFAULT.halveEvery())
            .from(rates(Rates::halveEvery))
            .means("Number of epochs after which the first two rates are halved, again and again.");

    // After the rates: the order of the keys is that of the canonical text.
    public static final Key<Double> CAP = FAIRNESS.key("cap", NUMBER)
            .in(FrlSettings.CAP_RANGE)
            .byDefault(FrlSettings.CAP)
            .from(frl(FrlSettings::cap))
            .means(
                    "Largest sum of the standard multipliers, and of the boundary multipliers. With `baseline-reweight` it is"
                            + " their sum where any class is past its tolerance.");

    private static final Group MARGIN =
            SECTION.group("spec.fairness.margin", "Bounds of the factor on a class's radius in training.");

    public static final Key<Double> MARGIN_FLOOR = MARGIN.key("floor", NUMBER)
            .in(FrlSettings.MARGIN_FLOOR_RANGE)
            .byDefault(FrlSettings.MARGIN_FLOOR)
            .from(frl(FrlSettings::marginFloor))
            .means("Smallest factor.");
    public static final Key<Double> MARGIN_CEILING = MARGIN.key("ceiling", NUMBER)
            .in(FrlSettings.MARGIN_CEILING_RANGE)
            .byDefault(FrlSettings.MARGIN_CEILING)
            .from(frl(FrlSettings::marginCeiling))
            .means("Largest factor.");

    /** Null where the policy has other settings. */
    private static <T> Function<RunSettings, @Nullable T> frl(Function<FrlSettings, T> part) {
        return s -> s.fairness() instanceof FrlSettings frl ? part.apply(frl) : null;
    }

    private static <T> Function<RunSettings, @Nullable T> rates(Function<Rates, T> part) {
        return frl(s -> part.apply(s.rates()));
    }

    public static FairnessSettings settings(Resolution r) {
        if (r.values().at(POLICY.path()) == null && r.values().at(Preset.KEY.path()) == null) {
            r.values().within(FAIRNESS.path()).values().stream()
                    .findFirst()
                    .ifPresent(v ->
                            r.missing(POLICY, String.format(Locale.ROOT, "without it %s would do nothing", v.path())));
        }
        var policy = r.get(POLICY);
        var rates = r.build(
                RATES.path(),
                g -> new Rates(g.get(STANDARD_RATE), g.get(BOUNDARY_RATE), g.get(MARGIN_RATE), g.get(HALVE_EVERY)));
        return r.build(FAIRNESS.path(), g -> {
            double both = g.get(TOLERANCE, FrlSettings.defaultTolerance(policy));
            return new FrlSettings(
                    policy,
                    g.get(STANDARD_TOLERANCE, both),
                    g.get(BOUNDARY_TOLERANCE, both),
                    rates,
                    g.get(CAP),
                    g.get(MARGIN_FLOOR),
                    g.get(MARGIN_CEILING));
        });
    }
}
