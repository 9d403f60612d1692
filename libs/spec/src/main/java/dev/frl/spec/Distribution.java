package dev.frl.spec;

import dev.frl.spec.Axis.Choice;
import dev.frl.spec.tree.Node;
import dev.frl.spec.tree.Numbers;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.function.Function;

/**
 * Where the values of an axis come from. A value is a function of 64 random bits, by exact or strict arithmetic, so that any
 * machine draws the same.
 */
sealed interface Distribution {
    /** Significant digits of a drawn number: variants and ids of runs are to be read. */
    int DIGITS = 4;

    /** Number of different values; Long.MAX_VALUE if they are not counted. */
    long size();

    /** @param bits uniform over all longs */
    Choice draw(long bits);

    /** Each equally likely. A grid takes all of them, in order. */
    record Choices(List<Choice> all) implements Distribution {
        public Choices {
            all = List.copyOf(all);
        }

        @Override
        public long size() {
            return all.size();
        }

        @Override
        public Choice draw(long bits) {
            return all.get(below(BigInteger.valueOf(all.size()), bits).intValueExact());
        }
    }

    /**
     * Each whole number from low to high equally likely, both included.
     *
     * @param typed reads the number as a value of the axis
     */
    record WholeNumbers(long low, long high, Function<Node.Scalar, Choice> typed) implements Distribution {
        @Override
        public long size() {
            return count().min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact();
        }

        @Override
        public Choice draw(long bits) {
            long value = BigInteger.valueOf(low).add(below(count(), bits)).longValueExact();
            return typed.apply(new Node.Scalar(null, value, Long.toString(value)));
        }

        private BigInteger count() {
            return BigInteger.valueOf(high).subtract(BigInteger.valueOf(low)).add(BigInteger.ONE);
        }
    }

    /**
     * low (1 − u) + high u for u uniform in [0, 1), rounded to {@link #DIGITS} digits of the width high − low.
     *
     * @param typed reads the number as a value of the axis
     */
    record Uniform(double low, double high, Function<Node.Scalar, Choice> typed) implements Distribution {
        @Override
        public long size() {
            return Long.MAX_VALUE;
        }

        @Override
        public Choice draw(long bits) {
            double u = unit(bits);
            double value = rounded(low * (1 - u) + high * u, low, high, width(low, high));
            return typed.apply(new Node.Scalar(null, value, Numbers.shortest(value)));
        }
    }

    /**
     * exp(ln(low) (1 − u) + ln(high) u) for u uniform in [0, 1), rounded to {@link #DIGITS} digits of the value, or of the width high − low where
     * that is smaller.
     *
     * @param typed reads the number as a value of the axis
     */
    record LogUniform(double low, double high, Function<Node.Scalar, Choice> typed) implements Distribution {
        @Override
        public long size() {
            return Long.MAX_VALUE;
        }

        @Override
        public Choice draw(long bits) {
            double u = unit(bits);
            // StrictMath: Math.log and Math.exp may differ in the last bit from one machine to another.
            double exact = StrictMath.exp(StrictMath.log(low) * (1 - u) + StrictMath.log(high) * u);
            double value = rounded(exact, low, high, width(low, high).min(new BigDecimal(exact)));
            return typed.apply(new Node.Scalar(null, value, Numbers.shortest(value)));
        }
    }

    /** In [0, 1), a multiple of 2^-53. */
    private static double unit(long bits) {
        return (bits >>> 11) * 0x1.0p-53;
    }

    /** floor(bits · count / 2^64), the bits without a sign: in [0, count). */
    private static BigInteger below(BigInteger count, long bits) {
        var unsigned = new BigInteger(Long.toUnsignedString(bits));
        return unsigned.multiply(count).shiftRight(64);
    }

    /** Difference of the decimals as they are written: 0.3 − 0.2 is 0.1. */
    private static BigDecimal width(double low, double high) {
        return decimal(high).subtract(decimal(low));
    }

    private static BigDecimal decimal(double value) {
        return new BigDecimal(Numbers.shortest(value));
    }

    /** The value to {@link #DIGITS} digits of the size, or to as many more as keep it within the bounds. */
    private static double rounded(double exact, double low, double high, BigDecimal size) {
        double within = Math.max(low, Math.min(high, exact));
        var value = new BigDecimal(within);
        int scale = size.scale() - size.precision() + DIGITS;
        for (; scale < value.scale(); scale++) {
            double rounded = value.setScale(scale, RoundingMode.HALF_EVEN).doubleValue();
            if (rounded >= low && rounded <= high) {
                return rounded;
            }
        }
        return within;
    }
}
