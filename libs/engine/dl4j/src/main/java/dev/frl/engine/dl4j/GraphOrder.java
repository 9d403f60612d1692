package dev.frl.engine.dl4j;

import dev.frl.engine.Architecture;
import dev.frl.engine.Architecture.Convolution;
import dev.frl.engine.Architecture.Flatten;
import dev.frl.engine.Architecture.Linear;
import java.util.Arrays;

/**
 * Where the numbers of {@link Parameters} lie in a training graph. At the same places, but for a linear layer behind a
 * flattened map: PyTorch flattens [C, H, W], the graph [H, W, C].
 */
final class GraphOrder {
    /** By place in the graph, the place in {@link Parameters}. */
    private final int[] places;

    GraphOrder(Architecture architecture, Parameters parameters) {
        places = new int[parameters.values().length];
        Arrays.setAll(places, i -> i);
        var plane = new Stage.Plane(architecture.channels(), architecture.height(), architecture.width());
        boolean flattened = false;
        for (var layer : architecture.layers()) {
            if (layer instanceof Convolution c) {
                plane = new Stage.Plane(c.out(), c.outputSize(plane.height()), c.outputSize(plane.width()));
            } else if (layer instanceof Flatten) {
                flattened = true;
            } else if (layer instanceof Linear linear && flattened) {
                reorder(parameters.offset(linear.key() + ".weight"), linear.out(), plane);
                flattened = false;
            }
        }
    }

    private void reorder(int offset, int outputs, Stage.Plane plane) {
        int area = plane.height() * plane.width();
        for (int o = 0; o < outputs; o++) {
            int row = offset + o * plane.size();
            for (int i = 0; i < area; i++) {
                for (int c = 0; c < plane.channels(); c++) {
                    places[row + i * plane.channels() + c] = row + c * area + i;
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
