package dev.frl.engine.dl4j.frozen;

import dev.frl.engine.dl4j.frozen.FrozenConvolution.MapShape;
import dev.frl.engine.dl4j.natives.MapLoops;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Copies a convolution's output to its places in a map, in runs of adjacent values. */
final class Rearrangement {
    private final int fromSize;
    private final int toSize;
    private final List<Run> runs = new ArrayList<>();
    private int moved;

    private Rearrangement(int fromSize, int toSize) {
        this.fromSize = fromSize;
        this.toSize = toSize;
    }

    /**
     * Removes padding.
     *
     * @param top rows of padding above the map, and columns of padding left of it
     */
    static Rearrangement crop(MapShape padded, int top, MapShape shape) {
        var crop = new Rearrangement(padded.size(), shape.size());
        int c = shape.channels();
        int columns = Math.min(shape.width(), padded.width() - top);
        for (int r = 0; r < Math.min(shape.height(), padded.height() - top); r++) {
            crop.add(((r + top) * padded.width() + top) * c, r * shape.width() * c, columns * c);
        }
        return crop;
    }

    /** Copies blocks of {@code size x size} pixels with all their channels to rows of the map. */
    static Rearrangement fromBlocks(int down, int across, int size, MapShape shape) {
        int c = shape.channels();
        var blocks = new Rearrangement(down * across * size * size * c, shape.size());
        for (int r = 0; r < shape.height(); r++) {
            for (int j = 0; j * size < shape.width(); j++) {
                int from = ((r / size * across + j) * size + r % size) * size * c;
                int columns = Math.min(size, shape.width() - j * size);
                blocks.add(from, (r * shape.width() + j * size) * c, columns * c);
            }
        }
        return blocks;
    }

    private void add(int from, int to, int length) {
        moved += length;
        if (!runs.isEmpty()) {
            var last = runs.get(runs.size() - 1);
            if (last.from + last.length == from && last.to + last.length == to) {
                runs.set(runs.size() - 1, new Run(last.from, last.to, last.length + length));
                return;
            }
        }
        runs.add(new Run(from, to, length));
    }

    /** Whether all values already are in their places. */
    boolean isNone() {
        return fromSize == toSize && runs.size() == 1 && moved == toSize;
    }

    /** @param adds whether to add to the values of the map, instead of replacing them */
    void run(FloatBuffer from, FloatBuffer to, int count, boolean adds, MapLoops loops) {
        if (!adds && moved < toSize) {
            for (int i = 0; i < count * toSize; i++) {
                to.put(i, 0);
            }
        }
        for (int n = 0; n < count; n++) {
            for (var run : runs) {
                int source = n * fromSize + run.from;
                int target = n * toSize + run.to;
                if (adds) {
                    loops.add(from, source, to, target, run.length);
                } else {
                    to.put(target, from, source, run.length);
                }
            }
        }
    }

    private record Run(int from, int to, int length) {}
}
