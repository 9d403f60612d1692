package dev.frl.report.statistics;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.settings.Part;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The errors of runs that differ in nothing but seeds, measured at the same point of each.
 *
 * @param part on which images
 * @param provisional whether it is not the end: the last validation of runs that have no test yet
 * @param runs one entry a seed, at least one
 */
public record Outcome(Part part, boolean provisional, List<OfRun> runs) {
    public Outcome {
        runs = List.copyOf(runs);
        if (runs.isEmpty()) {
            throw new IllegalArgumentException("an outcome needs a run");
        }
    }

    /**
     * @param runId that was measured
     * @param seeds it stands for
     * @param epoch after which it was measured
     * @param errors measured
     */
    public record OfRun(String runId, SeedPair seeds, int epoch, ClassErrors errors) {}

    /** What may differ between the runs of one arm. */
    public record SeedPair(long training, long split) {}

    public Spread ofClass(ErrorKind kind, int label) {
        return spread(e -> kind.of(e).get(label));
    }

    /** Over all samples. */
    public Spread average(ErrorKind kind) {
        return spread(kind::average);
    }

    /** Of each seed's own worst class, which need not be the same one. */
    public Spread worst(ErrorKind kind) {
        return spread(e -> kind.of(e).max());
    }

    /** Worst class less best class, of each seed. */
    public Spread gap(ErrorKind kind) {
        return spread(e -> FairnessSummary.of(e).of(kind).gap());
    }

    /** Standard deviation over the classes, of each seed. */
    public Spread deviation(ErrorKind kind) {
        return spread(e -> FairnessSummary.of(e).of(kind).deviation());
    }

    private Spread spread(ToDoubleFunction<ClassErrors> number) {
        return Spread.of(runs.stream().mapToDouble(r -> number.applyAsDouble(r.errors())));
    }
}
