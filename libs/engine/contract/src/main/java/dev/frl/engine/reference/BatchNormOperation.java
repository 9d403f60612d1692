package dev.frl.engine.reference;

import dev.frl.engine.net.Architecture.BatchNorm;

/**
 * y = weight (x − mean) / √(variance + ε) + bias, for each channel.
 *
 * <p>In evaluation mode, mean and variance are the running ones and constant. In training mode they are those of the batch, with
 * the variance divided by the number of values, and the gradient flows through both. The running statistics move towards them;
 * there the variance is divided by the number of values minus one.
 */
final class BatchNormOperation implements Operation {
    private final BatchNorm shape;
    private final int area;
    private final boolean training;
    private final Weights weights;
    private double[] normalised = {};
    private double[] deviation = {};

    /** @param area height times width */
    BatchNormOperation(BatchNorm shape, int area, boolean training, Weights weights) {
        this.shape = shape;
        this.area = area;
        this.training = training;
        this.weights = weights;
    }

    @Override
    public double[] forward(double[] x, int count) {
        var mean = new double[shape.channels()];
        deviation = new double[shape.channels()];
        var variance = new double[shape.channels()];
        if (training) {
            batchStatistics(x, mean, variance);
            moveRunning(mean, variance, x.length / shape.channels());
        } else {
            for (int c = 0; c < mean.length; c++) {
                mean[c] = tensor("running_mean")[c];
                variance[c] = tensor("running_var")[c];
            }
        }
        for (int c = 0; c < mean.length; c++) {
            deviation[c] = Math.sqrt(variance[c] + BatchNorm.EPSILON);
        }
        normalised = new double[x.length];
        var y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            int c = channel(i);
            normalised[i] = (x[i] - mean[c]) / deviation[c];
            y[i] = tensor("weight")[c] * normalised[i] + tensor("bias")[c];
        }
        return y;
    }

    private void batchStatistics(double[] x, double[] mean, double[] variance) {
        double values = (double) x.length / shape.channels();
        for (int i = 0; i < x.length; i++) {
            mean[channel(i)] += x[i] / values;
        }
        for (int i = 0; i < x.length; i++) {
            double off = x[i] - mean[channel(i)];
            variance[channel(i)] += off * off / values;
        }
    }

    private void moveRunning(double[] mean, double[] variance, double values) {
        var runningMean = tensor("running_mean");
        var runningVariance = tensor("running_var");
        for (int c = 0; c < mean.length; c++) {
            double unbiased = variance[c] * values / (values - 1);
            runningMean[c] += (float) (BatchNorm.MOMENTUM * (mean[c] - runningMean[c]));
            runningVariance[c] += (float) (BatchNorm.MOMENTUM * (unbiased - runningVariance[c]));
        }
        weights.countOneBatch(shape.key());
    }

    /** In training mode dx = weight / deviation (dy − mean(dy) − x̂ mean(dy x̂)); in evaluation mode only the first term. */
    @Override
    public double[] backward(double[] outputGradient, Gradients gradients) {
        int channels = shape.channels();
        double values = (double) outputGradient.length / channels;
        var sum = new double[channels];
        var sumOfProducts = new double[channels];
        for (int i = 0; i < outputGradient.length; i++) {
            sum[channel(i)] += outputGradient[i];
            sumOfProducts[channel(i)] += outputGradient[i] * normalised[i];
        }
        for (int c = 0; c < channels; c++) {
            gradients.of(shape.key() + ".bias", channels)[c] += sum[c];
            gradients.of(shape.key() + ".weight", channels)[c] += sumOfProducts[c];
        }
        var inputGradient = new double[outputGradient.length];
        for (int i = 0; i < inputGradient.length; i++) {
            int c = channel(i);
            double throughStatistics = training ? (sum[c] + normalised[i] * sumOfProducts[c]) / values : 0;
            inputGradient[i] = tensor("weight")[c] / deviation[c] * (outputGradient[i] - throughStatistics);
        }
        return inputGradient;
    }

    private float[] tensor(String name) {
        return weights.floats(shape.key() + "." + name);
    }

    private int channel(int i) {
        return i / area % shape.channels();
    }
}
