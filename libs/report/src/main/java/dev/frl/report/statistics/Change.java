package dev.frl.report.statistics;

import dev.frl.core.errors.ClassErrors;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What an arm did against its control: the equally long runs that treat all classes alike. Differences are taken seed by
 * seed, then averaged; fractions, negative is fewer errors.
 *
 * @param pairs one entry for each seed that both have; empty if nothing can be compared
 * @param provisional whether the pairs are validations of unfinished runs
 * @param missing why nothing can be compared, a sentence; empty if something can
 */
public record Change(List<Pair> pairs, boolean provisional, String missing) {
    public Change {
        pairs = List.copyOf(pairs);
    }

    /** Both measured alike, with the same seeds. */
    public record Pair(ClassErrors control, ClassErrors arm) {}

    public static Change none(String why) {
        return new Change(List.of(), false, why);
    }

    public boolean isPresent() {
        return !pairs.isEmpty();
    }

    public Spread ofClass(ErrorKind kind, int label) {
        return difference(e -> kind.of(e).get(label));
    }

    public Spread average(ErrorKind kind) {
        return difference(kind::average);
    }

    /** Of the worst class's error, whichever class is the worst. */
    public Spread worst(ErrorKind kind) {
        return difference(e -> kind.of(e).max());
    }

    /** Of how far the worst class is from the best one. */
    public Spread gap(ErrorKind kind) {
        return difference(e -> FairnessSummary.of(e).of(kind).gap());
    }

    /** Of the standard deviation over the classes. */
    public Spread deviation(ErrorKind kind) {
        return difference(e -> FairnessSummary.of(e).of(kind).deviation());
    }

    private Spread difference(ToDoubleFunction<ClassErrors> number) {
        return Spread.of(
                pairs.stream().mapToDouble(p -> number.applyAsDouble(p.arm()) - number.applyAsDouble(p.control())));
    }
}
