package dev.frl.engine.dl4j;

import dev.frl.engine.dl4j.Stage.Plane;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Runs of numbers that lie together in what a convolution wrote, and where they belong in a map. */
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
     * Takes padding off.
     *
     * @param top rows above the map, and columns left of it
     */
    static Rearrangement crop(Plane padded, int top, Plane plane) {
        var crop = new Rearrangement(padded.size(), plane.size());
        int c = plane.channels();
        int columns = Math.min(plane.width(), padded.width() - top);
        for (int r = 0; r < Math.min(plane.height(), padded.height() - top); r++) {
            crop.add(((r + top) * padded.width() + top) * c, r * plane.width() * c, columns * c);
        }
        return crop;
    }

    /** Blocks of {@code size x size} pixels, of each all channels, to rows of the map. */
    static Rearrangement fromBlocks(int down, int across, int size, Plane plane) {
        int c = plane.channels();
        var blocks = new Rearrangement(down * across * size * size * c, plane.size());
        for (int r = 0; r < plane.height(); r++) {
            for (int j = 0; j * size < plane.width(); j++) {
                int from = ((r / size * across + j) * size + r % size) * size * c;
                int columns = Math.min(size, plane.width() - j * size);
                blocks.add(from, (r * plane.width() + j * size) * c, columns * c);
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

    /** Whether everything is where it belongs. */
    boolean isNone() {
        return fromSize == toSize && runs.size() == 1 && moved == toSize;
    }

    /** @param adds to what the map holds, or else in its place */
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
