package dev.frl.engine.dl4j.frozen;

import java.util.stream.IntStream;

/** Where the gradient of a pixel of [C, H, W] lies in what a pass returns: [H, W, C], or blocks of that. */
public final class PixelOrder {
    /** By pixel of [C, H, W]. */
    final int[] inGradient;

    /** Values of one image's gradient, pixels beyond the border included. */
    final int gradientSize;

    PixelOrder(FrozenNet net) {
        var shape = net.plan.shapes().get(0);
        int area = shape.height() * shape.width();
        var blocks = net.inputGradient;
        if (blocks == null) {
            inGradient = IntStream.range(0, shape.size())
                    .map(i -> i % area * shape.channels() + i / area)
                    .toArray();
            gradientSize = shape.size();
            return;
        }
        int size = blocks.block;
        int channels = size * size * shape.channels();
        gradientSize = blocks.blocksDown * blocks.blocksAcross * channels;
        inGradient = IntStream.range(0, shape.size())
                .map(i -> {
                    int row = i % area / shape.width();
                    int column = i % shape.width();
                    int block = row / size * blocks.blocksAcross + column / size;
                    int within = row % size * size + column % size;
                    return block * channels + within * shape.channels() + i / area;
                })
                .toArray();
    }
}
