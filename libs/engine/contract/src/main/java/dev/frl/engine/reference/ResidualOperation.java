package dev.frl.engine.reference;

/** y = body(x) + shortcut(x). */
record ResidualOperation(Chain body, Chain shortcut) implements Operation {
    @Override
    public double[] forward(double[] input, int count) {
        return sum(body.forward(input, count), shortcut.forward(input, count));
    }

    @Override
    public double[] backward(double[] outputGradient, Gradients gradients) {
        return sum(body.backward(outputGradient, gradients), shortcut.backward(outputGradient, gradients));
    }

    private static double[] sum(double[] a, double[] b) {
        var sum = new double[a.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = a[i] + b[i];
        }
        return sum;
    }
}
