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
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the experiment found, in one paragraph and one line for each arm that answers class errors.
 *
 * @param sentence the paragraph; says so if there is nothing to say yet, and why
 * @param lines one for each arm with a policy, as ordered in the comparison
 */
public record Headline(String sentence, List<Line> lines) {
    public Headline {
        lines = List.copyOf(lines);
    }

    /**
     * @param arm with a policy
     * @param control its control; null if there is none
     * @param change against it
     */
    public record Line(Arm arm, @Nullable Arm control, Change change) {}

    public static Headline of(Comparison comparison) {
        var lines = new ArrayList<Line>();
        for (Arm arm : comparison.arms()) {
            if (!arm.isControl()) {
                lines.add(new Line(arm, comparison.controlOf(arm).orElse(null), comparison.change(arm)));
            }
        }
        Line best = lines.stream()
                .filter(l -> l.change().isPresent())
                .min(Comparator.comparingDouble(
                        l -> l.change().worst(ErrorKind.ROBUST).mean()))
                .orElse(null);
        String sentence = best != null ? found(best, lines.size()) : nothingFound(comparison, lines);
        return new Headline(sentence, lines);
    }

    private static String found(Line line, int arms) {
        Change change = line.change();
        Spread worstRobust = change.worst(ErrorKind.ROBUST);
        double from = mean(change, true);
        double to = mean(change, false);
        int seeds = change.pairs().size();
        var text = new StringBuilder();
        text.append(arms > 1 && worstRobust.mean() < 0 ? "Of %d policies and settings, %s did most: it " : "%2$s ")
                .append("%3$s the worst class's robust error by %4$s points, from %5$s to %6$s");
        String sentence = text.toString()
                .formatted(
                        arms,
                        line.arm().label(),
                        lowered(worstRobust.mean()),
                        Points.of(Math.abs(worstRobust.mean())),
                        Points.percent(from),
                        Points.percent(to));
        return sentence + seedsOf(worstRobust, seeds) + ", against equally long training without fairness"
                + (change.provisional() ? " (so far, on validation images)" : "") + ". " + price(change)
                + (seeds == 1 ? " One seed only: a few points may be chance." : "");
    }

    private static double mean(Change change, boolean control) {
        return Spread.of(change.pairs().stream()
                        .mapToDouble(
                                p -> (control ? p.control() : p.arm()).robust().max()))
                .mean();
    }

    private static String seedsOf(Spread change, int seeds) {
        return seeds == 1
                ? ""
                : " (mean of %d seeds; %s to %s)"
                        .formatted(seeds, Points.signed(change.min()), Points.signed(change.max()));
    }

    private static String price(Change change) {
        return "The worst class's standard error %s by %s points. Averages over all classes: robust error %s, standard error %s points."
                .formatted(
                        change.worst(ErrorKind.STANDARD).mean() > 0 ? "rose" : "fell",
                        Points.of(Math.abs(change.worst(ErrorKind.STANDARD).mean())),
                        Points.signed(change.average(ErrorKind.ROBUST).mean()),
                        Points.signed(change.average(ErrorKind.STANDARD).mean()));
    }

    private static String lowered(double change) {
        return change > 0 ? "raised" : "lowered";
    }

    private static String nothingFound(Comparison comparison, List<Line> lines) {
        if (comparison.classNames().isEmpty()) {
            return "Nothing is measured yet.";
        }
        var disparities = Disparity.of(comparison);
        if (!disparities.isEmpty()) {
            return disparities.stream().map(Disparity::sentence).collect(Collectors.joining(" "));
        }
        if (lines.isEmpty()) {
            return "All runs treat all classes alike, so there is nothing that a fairness policy could have changed.";
        }
        var text = new StringBuilder("What the policy did to the worst class cannot be said. ");
        text.append(lines.get(0).change().missing());
        Arm arm = lines.get(0).arm();
        Outcome after = arm.after();
        if (after != null) {
            text.append(" Worst class's robust error of %s: %s%s."
                    .formatted(
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
