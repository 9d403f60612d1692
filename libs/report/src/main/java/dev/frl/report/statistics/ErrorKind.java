package dev.frl.report.statistics;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.PerClass;

/** The three errors of the paper: robust = standard + boundary. */
public enum ErrorKind {
    STANDARD("standard"),
    BOUNDARY("boundary"),
    ROBUST("robust");

    private final String label;

    ErrorKind(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    /** Error of each class, fractions in [0, 1]; NaN for a class without samples. */
    public PerClass of(ClassErrors errors) {
        return switch (this) {
            case STANDARD -> errors.standard();
            case BOUNDARY -> errors.boundary();
            case ROBUST -> errors.robust();
        };
    }

    /** Error over all samples: the average that papers report. */
    public double average(ClassErrors errors) {
        return switch (this) {
            case STANDARD -> errors.totalStandard();
            case BOUNDARY -> errors.totalBoundary();
            case ROBUST -> errors.totalRobust();
        };
    }
}
