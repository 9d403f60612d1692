package dev.frl.report.statistics;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.settings.Part;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Errors of runs that differ only in their seeds, each evaluated after the same epoch.
 *
 * @param part images of the evaluation
 * @param provisional whether it is the latest validation of runs without a test
 * @param runs one entry per seed, at least one
 */
public record Outcome(Part part, boolean provisional, List<OfRun> runs) {
    public Outcome {
        runs = List.copyOf(runs);
        if (runs.isEmpty()) {
            throw new IllegalArgumentException("an outcome needs a run");
        }
    }

    /**
     * @param runId id of the run
     * @param seeds seeds of the run
     * @param epoch epoch of the evaluated weights
     * @param errors errors of the evaluation
     */
    public record OfRun(String runId, SeedPair seeds, int epoch, ClassErrors errors) {}

    /** Seeds of a run; the runs of one arm differ only in these. */
    public record SeedPair(long training, long split) {}

    public Spread ofClass(ErrorKind kind, int label) {
        return spread(e -> kind.of(e).get(label));
    }

    /** Error over all samples. */
    public Spread average(ErrorKind kind) {
        return spread(kind::average);
    }

    /** Error of each seed's own worst class; seeds may differ in their worst class. */
    public Spread worst(ErrorKind kind) {
        return spread(e -> kind.of(e).max());
    }

    /** Gap between worst and best class, per seed. */
    public Spread gap(ErrorKind kind) {
        return spread(e -> FairnessSummary.of(e).of(kind).gap());
    }

    /** Standard deviation over the classes, per seed. */
    public Spread deviation(ErrorKind kind) {
        return spread(e -> FairnessSummary.of(e).of(kind).deviation());
    }

    private Spread spread(ToDoubleFunction<ClassErrors> number) {
        return Spread.of(runs.stream().mapToDouble(r -> number.applyAsDouble(r.errors())));
    }
}
