package dev.frl.engine.net;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Tensors by name, in order, like a state dict. Immutable, except that callers could write to the arrays and must not. */
public final class NamedTensors {
    private static final NamedTensors EMPTY = new NamedTensors(Map.of());

    private final Map<String, Tensor> byName;

    private NamedTensors(Map<String, Tensor> byName) {
        this.byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
    }

    public static NamedTensors of(Map<String, Tensor> byName) {
        return new NamedTensors(byName);
    }

    public static NamedTensors empty() {
        return EMPTY;
    }

    public Map<String, Tensor> asMap() {
        return byName;
    }

    public Set<String> names() {
        return byName.keySet();
    }

    public boolean isEmpty() {
        return byName.isEmpty();
    }

    /** @throws StateMismatchException if there is no tensor of this name */
    public Tensor get(String name) {
        var tensor = byName.get(name);
        if (tensor == null) {
            throw new StateMismatchException(List.of(String.format(Locale.ROOT, "tensor %s is missing", name)));
        }
        return tensor;
    }

    /** Compares bit by bit. */
    @Override
    public boolean equals(Object other) {
        return other instanceof NamedTensors o && byName.equals(o.byName);
    }

    @Override
    public int hashCode() {
        return byName.hashCode();
    }

    @Override
    public String toString() {
        return byName.toString();
    }

    /** A row-major tensor: 32-bit floats, or integers where PyTorch counts (num_batches_tracked of batch norm). */
    public sealed interface Tensor permits Floats, Longs {
        /** Empty for a scalar. */
        List<Integer> shape();

        int size();
    }

    /** 32-bit floats. */
    public static final class Floats implements Tensor {
        private final List<Integer> shape;
        private final float[] values;

        public Floats(List<Integer> shape, float[] values) {
            this.shape = List.copyOf(shape);
            this.values = values;
            requireFits(shape, values.length);
        }

        @Override
        public List<Integer> shape() {
            return shape;
        }

        @Override
        public int size() {
            return values.length;
        }

        public float[] values() {
            return values;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Floats o && shape.equals(o.shape) && Arrays.equals(values, o.values);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(values);
        }

        @Override
        public String toString() {
            return "F32" + shape;
        }
    }

    /** 64-bit integers. */
    public static final class Longs implements Tensor {
        private final List<Integer> shape;
        private final long[] values;

        public Longs(List<Integer> shape, long[] values) {
            this.shape = List.copyOf(shape);
            this.values = values;
            requireFits(shape, values.length);
        }

        @Override
        public List<Integer> shape() {
            return shape;
        }

        @Override
        public int size() {
            return values.length;
        }

        public long[] values() {
            return values;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Longs o && shape.equals(o.shape) && Arrays.equals(values, o.values);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(values);
        }

        @Override
        public String toString() {
            return "I64" + shape;
        }
    }

    private static void requireFits(List<Integer> shape, int size) {
        long product = 1;
        for (int d : shape) {
            if (d < 1) {
                throw new IllegalArgumentException("shape " + shape + " has a dimension below 1");
            }
            product = Math.multiplyExact(product, d);
        }
        if (product != size) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "shape %s holds %d values, got %d", shape, product, size));
        }
    }
}
