package dev.frl.engine.dl4j;

import dev.frl.engine.Architecture;
import dev.frl.engine.Architecture.Flatten;
import dev.frl.engine.Architecture.Linear;
import java.util.List;

/**
 * Where the numbers of {@link Parameters} lie in a training graph: layer by layer in the graph's order, which is another one
 * where the net forks, and layers alike; but for a linear layer behind a flattened map: PyTorch flattens [C, H, W], the graph
 * [H, W, C].
 */
final class GraphOrder {
    /** By place in the graph, the place in {@link Parameters}. */
    private final int[] places;

    /** @param leaves numbers of the architecture's leaves that have parameters, in the graph's order */
    GraphOrder(Architecture architecture, Parameters parameters, List<Integer> leaves) {
        places = new int[parameters.values().length];
        int next = 0;
        for (int leaf : leaves) {
            var layer = architecture.leaves().get(leaf);
            for (var name : Parameters.namesInOrderOfDl4j(layer)) {
                int offset = parameters.offset(name);
                for (int i = 0; i < parameters.size(name); i++) {
                    places[next++] = offset + i;
                }
            }
        }
        if (next != places.length) {
            throw new IllegalStateException("the graph has %d numbers, the architecture %d".formatted(next, places.length));
        }
        reorderFlattened(architecture, parameters);
    }

    private void reorderFlattened(Architecture architecture, Parameters parameters) {
        int height = architecture.height();
        int width = architecture.width();
        boolean flattened = false;
        for (var layer : architecture.layers()) {
            if (layer instanceof Linear linear && flattened) {
                reorder(parameters.offset(linear.key() + ".weight"), linear.out(), linear.in() / (height * width), height * width);
                flattened = false;
            }
            flattened |= layer instanceof Flatten;
            height = layer.outputSize(height);
            width = layer.outputSize(width);
        }
    }

    private void reorder(int offset, int outputs, int channels, int area) {
        int at = 0;
        while (places[at] != offset) {
            at++;
        }
        for (int o = 0; o < outputs; o++) {
            int row = o * channels * area;
            for (int i = 0; i < area; i++) {
                for (int c = 0; c < channels; c++) {
                    places[at + row + i * channels + c] = offset + row + c * area + i;
                }
            }
        }
    }

    void toGraph(float[] values, float[] graph) {
        for (int i = 0; i < places.length; i++) {
            graph[i] = values[places[i]];
        }
    }

    void fromGraph(float[] graph, float[] values) {
        for (int i = 0; i < places.length; i++) {
            values[places[i]] = graph[i];
        }
    }
}
