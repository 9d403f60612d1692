package dev.frl.engine.dl4j.frozen;

import java.util.stream.IntStream;

/** Position of the gradient with respect to a pixel of [C, H, W] in the result of a pass: [H, W, C], or blocks of it. */
final class PixelOrder {
    /** Position for each pixel of [C, H, W]. */
    final int[] inGradient;

    /** Values in one image's gradient, including those of pixels beyond the border. */
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
