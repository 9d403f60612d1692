package dev.frl.engine.reference;

/**
 * One layer with forward and backward pass. The forward pass keeps the values that the backward pass after it needs.
 *
 * <p>Arrays are [N, C, H, W] or [N, features], row-major.
 */
interface Operation {
    /** @param count N */
    double[] forward(double[] input, int count);

    /**
     * @param outputGradient gradient of the loss with respect to the result of the last forward pass
     * @param gradients receives the gradients with respect to parameters, added to those it has
     * @return gradient of the loss with respect to the input of the last forward pass
     */
    double[] backward(double[] outputGradient, Gradients gradients);
}
