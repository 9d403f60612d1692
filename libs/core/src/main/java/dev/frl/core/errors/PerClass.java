package dev.frl.core.errors;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;

/** One number for each class, by label. Immutable; equal bit for bit. */
public final class PerClass {
    private final double[] values;

    private PerClass(double[] values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("at least one class is needed");
        }
        this.values = values;
    }

    public static PerClass of(double... values) {
        return new PerClass(values.clone());
    }

    public static PerClass all(int classes, double value) {
        return generate(classes, i -> value);
    }

    public static PerClass generate(int classes, IntToDoubleFunction valueOfClass) {
        var values = new double[classes];
        Arrays.setAll(values, valueOfClass);
        return new PerClass(values);
    }

    public int classes() {
        return values.length;
    }

    public double get(int label) {
        return values[label];
    }

    public double sum() {
        return stream().sum();
    }

    /** The largest value, NaN left out; NaN if all are NaN. */
    public double max() {
        return stream().filter(v -> !Double.isNaN(v)).max().orElse(Double.NaN);
    }

    /** The class with the largest value, the first of equals; −1 if all are NaN. */
    public int argMax() {
        int best = -1;
        for (int i = 0; i < values.length; i++) {
            if (!Double.isNaN(values[i]) && (best < 0 || values[i] > values[best])) {
                best = i;
            }
        }
        return best;
    }

    public PerClass times(double factor) {
        return generate(values.length, i -> values[i] * factor);
    }

    public DoubleStream stream() {
        return Arrays.stream(values);
    }

    public double[] toArray() {
        return values.clone();
    }

    /** @throws IllegalArgumentException if the numbers of classes differ */
    public void requireSameClassesAs(PerClass other) {
        if (other.values.length != values.length) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "expected %d classes, got %d", values.length, other.values.length));
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PerClass o && Arrays.equals(values, o.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return Arrays.toString(values);
    }
}
