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
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Where the numbers of {@link Parameters} lie in a training graph: layer by layer in the graph's order, which is another one
 * where the net forks, and layers alike; but for a linear layer behind a flattened map: PyTorch flattens [C, H, W], the graph
 * [H, W, C].
 */
public final class GraphOrder {
    private final List<Run> runs = new ArrayList<>();

    /** @param leaves numbers of the architecture's leaves that have parameters, in the graph's order */
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
            throw new IllegalStateException(
                    "the graph has %d numbers, the architecture %d".formatted(next, parameters.values().length));
        }
    }

    /** Of linear layers behind a flattened map, the height times the width of that. */
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
     * @param graph numbers at the places of flattened parameters
     * @param values gets them in the order of {@link Parameters}
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
     * Numbers that lie together in both.
     *
     * @param at where they begin in {@link Parameters}
     * @param graphAt where they begin in the graph
     * @param places if more than 1, rows are [channels, places] in {@link Parameters}, [places, channels] in the graph
     * @param row length of one
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
