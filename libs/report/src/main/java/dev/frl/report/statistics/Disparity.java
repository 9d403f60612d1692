package dev.frl.report.statistics;

import dev.frl.core.settings.TrainingMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Class errors after adversarial training compared with natural training with otherwise equal settings: the preliminary study
 * of Xu et al. (2021). It is about the standard error; natural training has a robust error near 1 in every class.
 *
 * @param natural arm trained on clean images with policy {@code none}
 * @param adversarial arm trained on attacked images with policy {@code none}
 * @param before final errors of the natural arm
 * @param after final errors of the adversarial arm
 * @param classNames names of the classes, by label
 */
public record Disparity(Arm natural, Arm adversarial, Outcome before, Outcome after, List<String> classNames) {
    /** One for each adversarial arm with a natural counterpart, if both were evaluated on the same images. */
    public static List<Disparity> of(Comparison comparison) {
        var all = new ArrayList<Disparity>();
        var controls = comparison.arms().stream().filter(Arm::isControl).toList();
        for (Arm adversarial : controls) {
            Outcome after = adversarial.after();
            if (isNatural(adversarial) || after == null) {
                continue;
            }
            var settings = Grouping.trainedAnyhow(adversarial.first().plan().settings());
            for (Arm natural : controls) {
                Outcome before = natural.after();
                if (isNatural(natural)
                        && before != null
                        && before.part() == after.part()
                        && Grouping.trainedAnyhow(natural.first().plan().settings())
                                .equals(settings)) {
                    all.add(new Disparity(natural, adversarial, before, after, comparison.classNames()));
                }
            }
        }
        return all;
    }

    private static boolean isNatural(Arm arm) {
        return arm.first().plan().settings().training().method() == TrainingMethod.NATURAL;
    }

    /** The result with its numbers. */
    public String sentence() {
        double change = mean(after, o -> o.gap(ErrorKind.STANDARD)) - mean(before, o -> o.gap(ErrorKind.STANDARD));
        return String.format(
                Locale.ROOT,
                "Training by %s %s the classes' standard errors: best and worst class are %s apart, against %s after natural"
                        + " training; the standard deviation over classes is %s against %s points%s. Standard error of the worst"
                        + " class: %s against %s; average standard error: %s against %s; average robust error: %s against %s.%s",
                adversarial.label(),
                change > 0 ? "spreads" : "does not spread",
                points(mean(after, o -> o.gap(ErrorKind.STANDARD))),
                points(mean(before, o -> o.gap(ErrorKind.STANDARD))),
                Points.of(mean(after, o -> o.deviation(ErrorKind.STANDARD))),
                Points.of(mean(before, o -> o.deviation(ErrorKind.STANDARD))),
                seeds(),
                worst(after),
                worst(before),
                Points.percent(mean(after, o -> o.average(ErrorKind.STANDARD))),
                Points.percent(mean(before, o -> o.average(ErrorKind.STANDARD))),
                Points.percent(mean(after, o -> o.average(ErrorKind.ROBUST))),
                Points.percent(mean(before, o -> o.average(ErrorKind.ROBUST))),
                after.provisional() ? " These are validation errors of unfinished runs." : "");
    }

    private static double mean(Outcome outcome, Function<Outcome, Spread> spread) {
        return spread.apply(outcome).mean();
    }

    private static String points(double fraction) {
        return Points.of(fraction) + " points";
    }

    private String seeds() {
        int fewest = Math.min(before.runs().size(), after.runs().size());
        return fewest == 1 ? " (one seed)" : String.format(Locale.ROOT, " (means of %d seeds)", fewest);
    }

    /** {@code 49.3 % (Shirt)}. If seeds differ in their worst class, the named class is the one with the largest mean. */
    private String worst(Outcome outcome) {
        int label = IntStream.range(0, classNames.size())
                .reduce((a, b) -> classError(outcome, b) > classError(outcome, a) ? b : a)
                .orElseThrow();
        return String.format(
                Locale.ROOT,
                "%s (%s)",
                Points.percent(outcome.worst(ErrorKind.STANDARD).mean()),
                classNames.get(label));
    }

    private static double classError(Outcome outcome, int label) {
        double error = outcome.ofClass(ErrorKind.STANDARD, label).mean();
        return Double.isNaN(error) ? -1 : error;
    }
}
