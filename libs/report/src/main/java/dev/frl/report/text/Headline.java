package dev.frl.report.text;

import dev.frl.report.statistics.Arm;
import dev.frl.report.statistics.Change;
import dev.frl.report.statistics.Comparison;
import dev.frl.report.statistics.Disparity;
import dev.frl.report.statistics.ErrorKind;
import dev.frl.report.statistics.Outcome;
import dev.frl.report.statistics.Points;
import dev.frl.report.statistics.Spread;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The result of the experiment: one paragraph, and one line for each arm with a policy.
 *
 * @param sentence the paragraph; if there is no result yet, it says why
 * @param lines one line for each arm with a policy, in the order of the comparison
 */
public record Headline(String sentence, List<Line> lines) {
    private static final int MOST_SEEDS = 5;

    public Headline {
        lines = List.copyOf(lines);
    }

    /**
     * @param arm arm with a policy
     * @param control its control; null if there is none
     * @param change difference from the control
     */
    public record Line(Arm arm, @Nullable Arm control, Change change) {}

    public static Headline of(Comparison comparison) {
        var lines = new ArrayList<Line>();
        for (Arm arm : comparison.arms()) {
            if (!arm.isControl()) {
                lines.add(new Line(arm, comparison.controlOf(arm).orElse(null), comparison.change(arm)));
            }
        }
        var compared = lines.stream().filter(l -> l.change().isPresent()).toList();
        var tested = compared.stream().filter(l -> !l.change().provisional()).toList();
        // A pruned arm was not tested. Its validation compares with the validation of its control alone.
        Line best = (tested.isEmpty() ? compared : tested)
                .stream()
                        .min(Comparator.comparingDouble(
                                l -> l.change().worst(ErrorKind.ROBUST).mean()))
                        .orElse(null);
        String sentence = best != null
                ? found(best, tested.isEmpty() ? lines.size() : tested.size())
                : nothingFound(comparison, lines);
        return new Headline(sentence, lines);
    }

    private static String found(Line line, int arms) {
        Change change = line.change();
        Spread worstRobust = change.worst(ErrorKind.ROBUST);
        double from = mean(change, true);
        double to = mean(change, false);
        int seeds = change.pairs().size();
        boolean lowered = worstRobust.mean() <= 0;
        String points = Points.of(Math.abs(worstRobust.mean()));
        String means = seeds == 1 ? "" : String.format(Locale.ROOT, " (means of %d seeds)", seeds);
        String sentence = points.equals(Points.of(0))
                ? String.format(
                        Locale.ROOT,
                        "%s did not change the worst class's robust error of %s%s%s, compared with equally long",
                        line.arm().label(),
                        Points.percent(from),
                        means,
                        arms > 1
                                ? String.format(Locale.ROOT, ", and no other of %d arms with a policy lowered it", arms)
                                : "")
                : String.format(
                        Locale.ROOT,
                        "%s %s the worst class's robust error%s by %s points, from %s to %s%s, compared with equally long",
                        line.arm().label(),
                        lowered ? "lowered" : "raised",
                        arms > 1 && lowered
                                ? String.format(Locale.ROOT, " the most of %d arms with a policy:", arms)
                                : "",
                        points,
                        Points.percent(from),
                        Points.percent(to),
                        means);
        return sentence + " training with policy none"
                + (change.provisional() ? " (on validation images of unfinished runs)" : "") + ". "
                + perSeed(change, lowered) + price(change)
                + (seeds == 1 ? " This is one seed: a few points may be chance." : "");
    }

    private static double mean(Change change, boolean control) {
        return Spread.of(change.pairs().stream()
                        .mapToDouble(
                                p -> (control ? p.control() : p.arm()).robust().max()))
                .mean();
    }

    /** {@code Per seed the gain is 25.6, 28.0 and 18.5 points.}; the range instead if there are many seeds. */
    private static String perSeed(Change change, boolean lowered) {
        var gains = change.pairs().stream()
                .map(p -> (p.control().robust().max() - p.arm().robust().max()) * (lowered ? 1 : -1))
                .toList();
        if (gains.size() == 1) {
            return "";
        }
        var all = gains.stream().map(Points::of).toList();
        String last = all.get(all.size() - 1);
        String points = all.size() > MOST_SEEDS
                ? String.format(
                        Locale.ROOT,
                        "between %s and %s",
                        Points.of(Collections.min(gains)),
                        Points.of(Collections.max(gains)))
                : String.join(", ", all.subList(0, all.size() - 1)) + " and " + last;
        return String.format(Locale.ROOT, "Per seed the %s is %s points. ", lowered ? "gain" : "loss", points);
    }

    private static String price(Change change) {
        return String.format(
                Locale.ROOT,
                "The worst class's standard error %s. The average robust error %s, and the average standard error %s.",
                moved(change.worst(ErrorKind.STANDARD)),
                moved(change.average(ErrorKind.ROBUST)),
                moved(change.average(ErrorKind.STANDARD)));
    }

    /** {@code rose by 2.1 points}. */
    private static String moved(Spread change) {
        String points = Points.of(Math.abs(change.mean()));
        return points.equals("0.0")
                ? "did not change"
                : String.format(Locale.ROOT, "%s by %s points", change.mean() > 0 ? "rose" : "fell", points);
    }

    private static String nothingFound(Comparison comparison, List<Line> lines) {
        if (comparison.classNames().isEmpty()) {
            return "No epoch is evaluated yet.";
        }
        var disparities = Disparity.of(comparison);
        if (!disparities.isEmpty()) {
            return disparities.stream().map(Disparity::sentence).collect(Collectors.joining(" "));
        }
        if (lines.isEmpty()) {
            return "All runs have policy none, so there is no effect of a policy to report.";
        }
        var text = new StringBuilder("The effect of the policy on the worst class is unknown. ");
        text.append(lines.get(0).change().missing());
        Arm arm = lines.get(0).arm();
        Outcome after = arm.after();
        if (after != null) {
            text.append(String.format(
                    Locale.ROOT,
                    " Robust error of the worst class with %s: %s%s.",
                    arm.label(),
                    Points.percent(after.worst(ErrorKind.ROBUST).mean()),
                    comparison.before().isEmpty()
                            ? ""
                            : "; before: "
                                    + Points.percent(comparison
                                            .before()
                                            .get(0)
                                            .outcome()
                                            .worst(ErrorKind.ROBUST)
                                            .mean())));
        }
        return text.toString();
    }
}
