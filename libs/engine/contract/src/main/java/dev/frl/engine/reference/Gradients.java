package dev.frl.engine.reference;

import java.util.HashMap;
import java.util.Map;

/** Sums of gradients by parameter name. */
final class Gradients {
    private final Map<String, double[]> byName = new HashMap<>();

    double[] of(String parameter, int size) {
        return byName.computeIfAbsent(parameter, name -> new double[size]);
    }
}
