package dev.frl.report.statistics;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.PerClass;

/** Fairness of one evaluation, in the numbers that papers report. */
public record FairnessSummary(Numbers standard, Numbers boundary, Numbers robust) {

    public static FairnessSummary of(ClassErrors errors) {
        return new FairnessSummary(
                numbers(errors, ErrorKind.STANDARD),
                numbers(errors, ErrorKind.BOUNDARY),
                numbers(errors, ErrorKind.ROBUST));
    }

    public Numbers of(ErrorKind kind) {
        return switch (kind) {
            case STANDARD -> standard;
            case BOUNDARY -> boundary;
            case ROBUST -> robust;
        };
    }

    /**
     * Numbers of one kind of error; fractions in [0, 1]. Classes without samples are left out.
     *
     * @param average error over all samples; it is not the mean over the classes if classes differ in size
     * @param worst largest class error
     * @param worstClass label of the worst class, the first of equals
     * @param least smallest class error
     * @param deviation standard deviation over the classes as a population: divided by their number
     * @param variation coefficient of variation over the classes: deviation / mean; 0 if all errors are 0
     */
    public record Numbers(
            double average, double worst, int worstClass, double least, double deviation, double variation) {
        /** Largest class error minus smallest. */
        public double gap() {
            return worst - least;
        }

        /** Accuracy of the worst class / accuracy of the best class; 1 is fair. 1 if all accuracies are 0. */
        public double accuracyRatio() {
            return least < 1 ? (1 - worst) / (1 - least) : 1;
        }
    }

    private static Numbers numbers(ClassErrors errors, ErrorKind kind) {
        PerClass classes = kind.of(errors);
        double[] seen = classes.stream().filter(v -> !Double.isNaN(v)).toArray();
        double sum = 0;
        double least = Double.POSITIVE_INFINITY;
        for (double v : seen) {
            sum += v;
            least = Math.min(least, v);
        }
        double mean = sum / seen.length;
        double squares = 0;
        for (double v : seen) {
            squares += (v - mean) * (v - mean);
        }
        double deviation = Math.sqrt(squares / seen.length);
        double variation = mean == 0 ? 0 : deviation / mean;
        return new Numbers(kind.average(errors), classes.max(), classes.argMax(), least, deviation, variation);
    }
}
