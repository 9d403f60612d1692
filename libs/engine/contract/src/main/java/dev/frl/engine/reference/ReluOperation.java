package dev.frl.engine.reference;

/** y = max(0, x); the gradient at 0 is 0. NaN stays NaN. */
final class ReluOperation implements Operation {
    private double[] input = {};

    @Override
    public double[] forward(double[] x, int count) {
        input = x;
        var y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = Math.max(0, x[i]);
        }
        return y;
    }

    @Override
    public double[] backward(double[] outputGradient, Gradients gradients) {
        var inputGradient = new double[outputGradient.length];
        for (int i = 0; i < inputGradient.length; i++) {
            inputGradient[i] = input[i] > 0 ? outputGradient[i] : 0;
        }
        return inputGradient;
    }
}
