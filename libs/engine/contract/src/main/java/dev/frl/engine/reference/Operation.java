package dev.frl.engine.reference;

/**
 * One layer at work. A forward call remembers what the backward call after it needs.
 *
 * <p>Arrays are [N, C, H, W] or [N, features], row-major.
 */
interface Operation {
    /** @param count N */
    double[] forward(double[] input, int count);

    /**
     * @param outputGradient gradient of the loss by what the last forward returned
     * @param gradients where gradients of parameters are added up
     * @return gradient of the loss by what went into the last forward
     */
    double[] backward(double[] outputGradient, Gradients gradients);
}
