package dev.frl.engine.torch;

/**
 * Numbers of rows that attacks and logits are computed in. A batch is padded to a multiple of the grain, so that few numbers of
 * rows occur: libraries choose their algorithms by them, and another algorithm gives other last bits.
 *
 * @param grain rows that a batch is padded to a multiple of
 * @param capacity most rows; a multiple of the grain
 */
record BatchRows(int grain, int capacity) {
    /** Enough rows to make the cost of native calls small, and few enough to fit into the cache. */
    private static final BatchRows ON_CPU = new BatchRows(16, 64);

    /** A single number: cuDNN has other algorithms for 32 images than for 64. 128 is the usual batch of training. */
    private static final BatchRows ON_GPU = new BatchRows(128, 128);

    static BatchRows on(boolean gpu) {
        return gpu ? ON_GPU : ON_CPU;
    }

    /** {@code count}, rounded up to a multiple of the grain. */
    int padded(int count) {
        return (count + grain - 1) / grain * grain;
    }

    /** Samples in each batch, for {@code count} samples and some threads. */
    int samples(int count, int threads) {
        return Math.max(grain, Math.min(capacity, padded((count + threads - 1) / threads)));
    }
}
