package dev.frl.engine.dl4j.training;

import dev.frl.engine.dl4j.natives.NativeFloats;
import dev.frl.engine.dl4j.natives.Parameters;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.Flatten;
import dev.frl.engine.net.Architecture.Layer;
import dev.frl.engine.net.Architecture.Linear;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Positions of the values of {@link Parameters} in a training graph. The graph has the layers in its own order, which differs
 * where the net forks. Within a layer the order is the same, except for a linear layer after a flattened map: PyTorch flattens
 * [C, H, W], the graph [H, W, C].
 */
final class GraphOrder {
    private final List<Run> runs = new ArrayList<>();

    /** @param leaves numbers of the architecture's leaves with parameters, in the graph's order */
    GraphOrder(Architecture architecture, Parameters parameters, List<Integer> leaves) {
        var flattened = placesBeforeFlattened(architecture);
        int next = 0;
        for (int leaf : leaves) {
            var layer = architecture.leaves().get(leaf);
            for (var name : Parameters.namesInOrderOfDl4j(layer)) {
                boolean weight = name.endsWith(".weight");
                int places = weight ? flattened.getOrDefault(layer, 1) : 1;
                int row = weight && layer instanceof Linear linear ? linear.in() : 1;
                runs.add(new Run(parameters.offset(name), next, parameters.size(name), places, row));
                next += parameters.size(name);
            }
        }
        if (next != parameters.values().length) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT, "the graph has %d values, the architecture %d", next, parameters.values().length));
        }
    }

    /** Height times width of the flattened map, for each linear layer after one. */
    private static Map<Layer, Integer> placesBeforeFlattened(Architecture architecture) {
        var places = new HashMap<Layer, Integer>();
        int height = architecture.height();
        int width = architecture.width();
        boolean flattened = false;
        for (var layer : architecture.layers()) {
            if (layer instanceof Linear && flattened) {
                places.put(layer, height * width);
                flattened = false;
            }
            flattened |= layer instanceof Flatten;
            height = layer.outputSize(height);
            width = layer.outputSize(width);
        }
        return places;
    }

    /**
     * @param values in the order of {@link Parameters}
     * @param graph flattened parameters
     */
    void toGraph(float[] values, INDArray graph) {
        var numbers = NativeFloats.buffer(graph);
        for (var run : runs) {
            var ordered = run.places == 1 ? values : run.reordered(values, run.at, run.places);
            numbers.put(run.graphAt, ordered, run.places == 1 ? run.at : 0, run.length);
        }
    }

    /**
     * @param graph values in the order of the flattened parameters
     * @param values receives them in the order of {@link Parameters}
     */
    void fromGraph(INDArray graph, float[] values) {
        var numbers = NativeFloats.buffer(graph);
        for (var run : runs) {
            numbers.get(run.graphAt, values, run.at, run.length);
            if (run.places > 1) {
                System.arraycopy(run.reordered(values, run.at, run.row / run.places), 0, values, run.at, run.length);
            }
        }
    }

    /**
     * A run of values that is contiguous in both.
     *
     * @param at position of its first value in {@link Parameters}
     * @param graphAt position of its first value in the graph
     * @param places if more than 1, rows are [channels, places] in {@link Parameters}, [places, channels] in the graph
     * @param row length of a row
     */
    private record Run(int at, int graphAt, int length, int places, int row) {
        /** Each row transposed: from [row / inner, inner] to [inner, row / inner]. */
        float[] reordered(float[] values, int from, int inner) {
            var reordered = new float[length];
            int outer = row / inner;
            for (int start = 0; start < length; start += row) {
                for (int i = 0; i < outer; i++) {
                    for (int j = 0; j < inner; j++) {
                        reordered[start + j * outer + i] = values[from + start + i * inner + j];
                    }
                }
            }
            return reordered;
        }
    }
}
