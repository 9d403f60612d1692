package dev.frl.report.chart;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.PerClass;
import dev.frl.core.fairness.ClassTreatment;
import dev.frl.core.run.RunHistory;
import dev.frl.report.statistics.Arm;
import dev.frl.report.statistics.Comparison;
import dev.frl.report.statistics.ErrorKind;
import dev.frl.report.statistics.Spread;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** Charts over the epochs: errors on validation images, class weights and margins. */
public final class EpochCharts {
    private static final int HIGHLIGHTS = 4;
    private final Comparison comparison;
    private final Palette palette;
    private final List<Integer> highlighted;

    public EpochCharts(Comparison comparison, Palette palette) {
        this.comparison = comparison;
        this.palette = palette;
        this.highlighted = mostTreated();
    }

    /** Worst-class and average error of each arm; two charts, robust and standard error. */
    public List<String> errors(List<Arm> arms) {
        var pictures = new ArrayList<String>();
        for (ErrorKind kind : List.of(ErrorKind.ROBUST, ErrorKind.STANDARD)) {
            var panel = new LinePanel(capital(kind.label()) + " error, worst class and average", 515, 330, 152);
            for (Arm arm : arms) {
                String css = palette.of(arm);
                panel.add(new LinePanel.Line(evaluated(arm, kind::average), "thin " + css, "", false));
                panel.add(new LinePanel.Line(evaluated(arm, e -> kind.of(e).max()), "thick " + css, arm.label(), true));
            }
            if (!panel.isEmpty()) {
                pictures.add(panel.percentSvg());
            }
        }
        return pictures;
    }

    /** Class weights and margins of one arm, one line per class; only those that its policy changes. */
    public List<String> treatment(Arm arm) {
        var pictures = new ArrayList<String>();
        int classes = comparison.classNames().size();
        if (arm.policy().reweights()) {
            treatment(arm, "Class weight, standard term", ClassTreatment::standardWeights, 1.0 / classes, pictures);
            treatment(arm, "Class weight, boundary term", ClassTreatment::boundaryWeights, 1.0 / classes, pictures);
        }
        if (arm.policy().remargins()) {
            treatment(arm, "Margin (factor on the training radius)", ClassTreatment::margins, 1, pictures);
        }
        return pictures;
    }

    private void treatment(
            Arm arm, String title, Function<ClassTreatment, PerClass> part, double neutral, List<String> pictures) {
        var panel = new LinePanel(title, 340, 270, 92);
        for (int i = 0; i < comparison.classNames().size(); i++) {
            int rank = highlighted.indexOf(i);
            if (rank < 0) {
                panel.add(new LinePanel.Line(treated(arm, part, i), "faint", "", false));
            }
        }
        for (int rank = 0; rank < highlighted.size(); rank++) {
            int label = highlighted.get(rank);
            panel.add(new LinePanel.Line(
                    treated(arm, part, label),
                    Palette.highlight(rank),
                    Html.shorten(comparison.classNames().get(label), 14),
                    false));
        }
        if (!panel.isEmpty()) {
            pictures.add(panel.svgAround(neutral, "policy none"));
        }
    }

    /** The classes with the largest weights and margins in any arm; the same in all charts. */
    private List<Integer> mostTreated() {
        int classes = comparison.classNames().size();
        double[] most = new double[classes];
        for (Arm arm : comparison.arms()) {
            for (RunHistory run : arm.runs()) {
                for (ClassTreatment t : treatments(run).values()) {
                    for (int i = 0; i < Math.min(classes, t.classes()); i++) {
                        double weight = Math.max(
                                        t.standardWeights().get(i),
                                        t.boundaryWeights().get(i))
                                * t.classes();
                        most[i] += Math.max(weight, t.margins().get(i)) - 1;
                    }
                }
            }
        }
        return IntStream.range(0, classes)
                .boxed()
                .filter(i -> most[i] > 1e-9)
                .sorted(Comparator.comparingDouble(i -> -most[i]))
                .limit(HIGHLIGHTS)
                .toList();
    }

    /** Class treatment by the epoch that was trained with it; the update after the last epoch is not used. */
    private static TreeMap<Integer, ClassTreatment> treatments(RunHistory run) {
        var all = new TreeMap<Integer, ClassTreatment>();
        int epochs = run.plan().settings().training().epochs();
        run.evaluated().values().forEach(e -> {
            if (e.update().forEpoch() <= epochs) {
                all.put(e.update().forEpoch(), e.update().treatment());
            }
        });
        return all;
    }

    private static TreeMap<Integer, Spread> treated(Arm arm, Function<ClassTreatment, PerClass> part, int label) {
        return overEpochs(arm, run -> {
            var values = new TreeMap<Integer, Double>();
            treatments(run)
                    .forEach((epoch, t) -> values.put(epoch, part.apply(t).get(label)));
            return values;
        });
    }

    private static TreeMap<Integer, Spread> evaluated(Arm arm, ToDoubleFunction<ClassErrors> number) {
        return overEpochs(arm, run -> {
            var values = new TreeMap<Integer, Double>();
            run.evaluated().forEach((epoch, e) -> values.put(epoch, number.applyAsDouble(e.errors())));
            return values;
        });
    }

    /** Spread over the runs with the most epochs: a seed that failed early would bend the mean where it ends. */
    private static TreeMap<Integer, Spread> overEpochs(
            Arm arm, Function<RunHistory, TreeMap<Integer, Double>> numbers) {
        var runs = arm.runs().stream().map(numbers).filter(m -> !m.isEmpty()).toList();
        var spreads = new TreeMap<Integer, Spread>();
        if (runs.isEmpty()) {
            return spreads;
        }
        int longest = runs.stream().mapToInt(TreeMap::lastKey).max().orElse(0);
        var whole = runs.stream().filter(m -> m.lastKey() == longest).toList();
        for (int epoch : whole.get(0).keySet()) {
            spreads.put(epoch, Spread.of(whole.stream().mapToDouble(m -> m.getOrDefault(epoch, Double.NaN))));
        }
        return spreads;
    }

    private static String capital(String word) {
        return Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }
}
