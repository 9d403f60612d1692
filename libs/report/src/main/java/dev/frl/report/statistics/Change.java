package dev.frl.report.statistics;

import dev.frl.core.errors.ClassErrors;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Difference between an arm and its control, the equally long runs with policy {@code none}. Differences are computed per seed,
 * then averaged. They are fractions; a negative one means fewer errors.
 *
 * @param pairs one pair for each seed that both have; empty if there is nothing to compare
 * @param provisional whether the pairs are validations of unfinished runs
 * @param missing a sentence that says why there is nothing to compare; empty if there is a pair
 */
public record Change(List<Pair> pairs, boolean provisional, String missing) {
    public Change {
        pairs = List.copyOf(pairs);
    }

    /** Errors of control and arm on the same images, with the same seeds. */
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

    /** Change of the worst class's error; the worst class may be another one. */
    public Spread worst(ErrorKind kind) {
        return difference(e -> kind.of(e).max());
    }

    /** Change of the gap between worst and best class. */
    public Spread gap(ErrorKind kind) {
        return difference(e -> FairnessSummary.of(e).of(kind).gap());
    }

    /** Change of the standard deviation over the classes. */
    public Spread deviation(ErrorKind kind) {
        return difference(e -> FairnessSummary.of(e).of(kind).deviation());
    }

    private Spread difference(ToDoubleFunction<ClassErrors> number) {
        return Spread.of(
                pairs.stream().mapToDouble(p -> number.applyAsDouble(p.arm()) - number.applyAsDouble(p.control())));
    }
}
