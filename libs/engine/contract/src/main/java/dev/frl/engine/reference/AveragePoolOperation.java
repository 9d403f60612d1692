package dev.frl.engine.reference;

/** y[c] = mean of x[c, ·, ·]. */
final class AveragePoolOperation implements Operation {
    private final int area;

    /** @param area height times width */
    AveragePoolOperation(int area) {
        this.area = area;
    }

    @Override
    public double[] forward(double[] x, int count) {
        var y = new double[x.length / area];
        for (int i = 0; i < x.length; i++) {
            y[i / area] += x[i] / area;
        }
        return y;
    }

    @Override
    public double[] backward(double[] outputGradient, Gradients gradients) {
        var inputGradient = new double[outputGradient.length * area];
        for (int i = 0; i < inputGradient.length; i++) {
            inputGradient[i] = outputGradient[i / area] / area;
        }
        return inputGradient;
    }
}
