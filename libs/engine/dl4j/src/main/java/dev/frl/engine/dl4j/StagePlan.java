package dev.frl.engine.dl4j;

import dev.frl.engine.Architecture;
import dev.frl.engine.Architecture.BatchNorm;
import dev.frl.engine.Architecture.Convolution;
import dev.frl.engine.Architecture.Flatten;
import dev.frl.engine.Architecture.GlobalAveragePool;
import dev.frl.engine.Architecture.Layer;
import dev.frl.engine.Architecture.Linear;
import dev.frl.engine.Architecture.Relu;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One stage of the frozen net in terms of the architecture: a convolution or linear layer, what is folded into it, and
 * whether a ReLU follows.
 */
final class StagePlan {
    final Layer layer;
    final Stage.Plane in;
    final boolean averages;

    @Nullable
    BatchNorm norm;

    boolean relu;

    private StagePlan(Layer layer, Stage.Plane in, boolean averages) {
        this.layer = layer;
        this.in = in;
        this.averages = averages;
    }

    /** @throws IllegalArgumentException if the frozen net has no stage for some layer where it stands */
    static List<StagePlan> of(Architecture architecture) {
        var plans = new ArrayList<StagePlan>();
        var plane = new Stage.Plane(architecture.channels(), architecture.height(), architecture.width());
        boolean averages = false;
        for (var layer : architecture.layers()) {
            StagePlan last = plans.isEmpty() ? null : plans.get(plans.size() - 1);
            if (layer instanceof Convolution c) {
                plans.add(new StagePlan(c, plane, false));
                plane = new Stage.Plane(c.out(), c.outputSize(plane.height()), c.outputSize(plane.width()));
            } else if (layer instanceof Linear linear) {
                plans.add(new StagePlan(linear, plane, averages));
                plane = new Stage.Plane(linear.out(), 1, 1);
                averages = false;
            } else if (layer instanceof GlobalAveragePool) {
                averages = true;
            } else if (layer instanceof BatchNorm norm && last != null && last.norm == null && !last.relu) {
                last.norm = norm;
            } else if (layer instanceof Relu && last != null && !averages) {
                last.relu = true;
            } else if (!(layer instanceof Flatten)) {
                throw new IllegalArgumentException(
                        "the dl4j engine does not know what to do with %s at this place of %s"
                                .formatted(layer, architecture.name()));
            }
        }
        return plans;
    }

    /** The stage, with no weights yet. */
    Stage stage() {
        if (layer instanceof Convolution c) {
            var out = new Stage.Plane(c.out(), c.outputSize(in.height()), c.outputSize(in.width()));
            return new Stage(in, out, c.kernel(), c.kernel(), c.stride(), c.padding(), relu);
        }
        var out = new Stage.Plane(((Linear) layer).out(), 1, 1);
        return new Stage(in, out, in.height(), in.width(), 1, 0, relu);
    }

    /**
     * Writes the weights of PyTorch's order [out, in, height, width] into [height, width, in, out], batch norm folded in.
     *
     * <pre>
     *   scale = weight / √(variance + ε),   kernel' = kernel scale,   bias' = (bias − mean) scale + shift
     * </pre>
     *
     * A linear layer behind a pool of h x w has its weight, divided by h w, at every place.
     *
     * @param kernel gets the weights
     * @param bias gets the bias
     */
    void fold(Parameters parameters, float[] kernel, float[] bias) {
        String key = layer instanceof Convolution c ? c.key() : ((Linear) layer).key();
        int kernelArea = layer instanceof Convolution c ? c.kernel() * c.kernel() : in.height() * in.width();
        int outputs = bias.length;
        int weightAt = parameters.offset(key + ".weight");
        int biasAt = parameters.offset(key + ".bias");
        var values = parameters.values();
        for (int o = 0; o < outputs; o++) {
            double scale = 1;
            bias[o] = values[biasAt + o];
            if (norm != null) {
                scale = values[parameters.offset(norm.key() + ".weight") + o]
                        / Math.sqrt(values[parameters.offset(norm.key() + ".running_var") + o] + BatchNorm.EPSILON);
                float mean = values[parameters.offset(norm.key() + ".running_mean") + o];
                bias[o] = (float) ((bias[o] - mean) * scale + values[parameters.offset(norm.key() + ".bias") + o]);
            }
            for (int c = 0; c < in.channels(); c++) {
                for (int k = 0; k < kernelArea; k++) {
                    double weight = averages
                            ? values[weightAt + o * in.channels() + c] / (double) kernelArea
                            : values[weightAt + (o * in.channels() + c) * kernelArea + k];
                    kernel[(k * in.channels() + c) * outputs + o] = (float) (weight * scale);
                }
            }
        }
    }
}
