package dev.frl.engine.dl4j;

import java.util.stream.IntStream;

/** Where the gradient of a pixel of [C, H, W] lies in what a pass returns: [H, W, C], or blocks of that. */
final class PixelOrder {
    /** By pixel of [C, H, W]. */
    final int[] inGradient;

    /** Values of one image's gradient, pixels beyond the border included. */
    final int gradientSize;

    PixelOrder(FrozenNet net) {
        var plane = net.plan.planes().get(0);
        int area = plane.height() * plane.width();
        var blocks = net.inputGradient;
        if (blocks == null) {
            inGradient = IntStream.range(0, plane.size())
                    .map(i -> i % area * plane.channels() + i / area)
                    .toArray();
            gradientSize = plane.size();
            return;
        }
        int size = blocks.block;
        int channels = size * size * plane.channels();
        gradientSize = blocks.blocksDown * blocks.blocksAcross * channels;
        inGradient = IntStream.range(0, plane.size())
                .map(i -> {
                    int row = i % area / plane.width();
                    int column = i % plane.width();
                    int block = row / size * blocks.blocksAcross + column / size;
                    int within = row % size * size + column % size;
                    return block * channels + within * plane.channels() + i / area;
                })
                .toArray();
    }
}
