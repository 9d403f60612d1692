package dev.frl.report.statistics;

import dev.frl.core.settings.TrainingMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What adversarial training did to the classes, against natural training that is the same in all else: the preliminary study of
 * Xu et al. (2021). Its point is the standard error; without a defence the robust error is near 1 in every class.
 *
 * @param natural trained on clean images, all classes alike
 * @param adversarial trained on attacked images, all classes alike
 * @param before errors of the natural arm at its end
 * @param after errors of the adversarial arm at its end
 * @param classNames by label
 */
public record Disparity(Arm natural, Arm adversarial, Outcome before, Outcome after, List<String> classNames) {
    /** One for each adversarial arm that has its natural one; none while one of the two is not measured. */
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

    /** What came out, with its numbers, whichever way it went. */
    public String sentence() {
        double change = mean(after, o -> o.gap(ErrorKind.STANDARD)) - mean(before, o -> o.gap(ErrorKind.STANDARD));
        return ("Training by %s %s the classes' standard errors: %s from the best class to the worst, against %s under natural"
                        + " training; standard deviation %s against %s points%s. The worst class is wrong in %s against %s, the"
                        + " average in %s against %s. Under attack the average is wrong in %s against %s.%s")
                .formatted(
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
                        after.provisional() ? " So far, on validation images." : "");
    }

    private static double mean(Outcome outcome, Function<Outcome, Spread> spread) {
        return spread.apply(outcome).mean();
    }

    private static String points(double fraction) {
        return Points.of(fraction) + " points";
    }

    private String seeds() {
        int fewest = Math.min(before.runs().size(), after.runs().size());
        return fewest == 1 ? " (one seed)" : " (means of %d seeds)".formatted(fewest);
    }

    /** {@code 49.3 % (Shirt)}; seeds may differ in their worst class, which is then the worst of the means. */
    private String worst(Outcome outcome) {
        int label = IntStream.range(0, classNames.size())
                .reduce((a, b) -> classError(outcome, b) > classError(outcome, a) ? b : a)
                .orElseThrow();
        return "%s (%s)"
                .formatted(Points.percent(outcome.worst(ErrorKind.STANDARD).mean()), classNames.get(label));
    }

    private static double classError(Outcome outcome, int label) {
        double error = outcome.ofClass(ErrorKind.STANDARD, label).mean();
        return Double.isNaN(error) ? -1 : error;
    }
}
