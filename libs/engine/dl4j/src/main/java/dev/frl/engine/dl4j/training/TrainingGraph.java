package dev.frl.engine.dl4j.training;

import dev.frl.engine.dl4j.natives.ChannelsLast;
import dev.frl.engine.dl4j.natives.NativeFloats;
import dev.frl.engine.kit.threads.AllReduce;
import dev.frl.engine.net.Architecture;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.api.FwdPassType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A DL4J graph in training mode, whose loss is computed outside of it. Forward and backward of one batch must run on the
 * same thread: activations wait in a DL4J workspace, which belongs to a thread and is used again for the next batch, so
 * nothing is left to the garbage collector.
 */
public final class TrainingGraph extends ComputationGraph {
    private static final long serialVersionUID = 1L;

    private final transient Architecture architecture;
    private transient @Nullable MemoryWorkspace activations;
    private transient @Nullable INDArray images;
    private transient @Nullable INDArray logitGradient;

    /** @param parameters DL4J's flattened parameters, shape [1, size]; shared, not copied */
    public TrainingGraph(Architecture architecture, INDArray parameters) {
        super(GraphDefinition.of(architecture));
        this.architecture = architecture;
        init(parameters, false);
    }

    /** Of the architecture's leaves with parameters, by number, in the order of the flattened parameters. */
    List<Integer> layersInOrder() {
        return Arrays.stream(topologicalSortOrder())
                .mapToObj(vertex -> getVertices()[vertex])
                .filter(vertex -> vertex.hasLayer() && vertex.getLayer().numParams() > 0)
                .map(vertex -> GraphDefinition.leaf(vertex.getVertexName()))
                .toList();
    }

    /**
     * @param nchw images, shape [count, C, H, W]
     * @param rank among the parts of the batch
     * @return logits, shape [count, classes]
     */
    float[] forward(float[] nchw, int count, AllReduce.Rank rank) {
        take(rank);
        var input = inputFor(count);
        var nhwc = new float[nchw.length];
        int channels = architecture.channels();
        ChannelsLast.copy(nchw, 0, count, channels, architecture.pixels() / channels, nhwc);
        NativeFloats.write(nhwc, nhwc.length, input);
        activations = Nd4j.getWorkspaceManager().getAndActivateWorkspace(WS_ALL_LAYERS_ACT_CONFIG, WS_ALL_LAYERS_ACT);
        var outputs = ffToLayerActivationsInWS(
                true, -1, null, FwdPassType.STANDARD, false, new INDArray[] {input}, null, null, false);
        var logits = new float[count * architecture.classes()];
        String last = configuration.getNetworkOutputs().get(0);
        NativeFloats.read(Objects.requireNonNull(outputs.get(last), last), logits, logits.length);
        return logits;
    }

    /**
     * From the last {@link #forward}.
     *
     * @param byLogits gradient of the loss by the logits, shape [count, classes]
     * @param rank as on the way forward
     * @return gradient by the parameters, in {@link GraphOrder}, until the next call; at the places of running statistics the
     *     whole batch's mean and biased variance
     */
    INDArray backward(float[] byLogits, AllReduce.Rank rank) {
        take(rank);
        try {
            var gradient = gradientFor(byLogits.length / architecture.classes());
            NativeFloats.write(byLogits, byLogits.length, gradient);
            calcBackpropGradients(true, false, gradient);
            return flattenedGradients;
        } finally {
            release();
        }
    }

    private void take(AllReduce.Rank rank) {
        for (var layer : getLayers()) {
            if (layer instanceof FusedBatchNormLayer norm) {
                norm.rank(rank);
            }
        }
    }

    /** After a forward that nobody goes back from. */
    void release() {
        if (activations != null) {
            activations.close();
            activations = null;
        }
    }

    private INDArray inputFor(int count) {
        if (images == null || images.size(0) != count) {
            close(images);
            images = NativeFloats.zeros(count, architecture.height(), architecture.width(), architecture.channels());
        }
        return images;
    }

    private INDArray gradientFor(int count) {
        if (logitGradient == null || logitGradient.size(0) != count) {
            close(logitGradient);
            logitGradient = NativeFloats.zeros(count, architecture.classes());
        }
        return logitGradient;
    }

    @Override
    public void close() {
        close(images);
        close(logitGradient);
        close(flattenedGradients);
    }

    private static void close(@Nullable INDArray array) {
        if (array != null) {
            array.close();
        }
    }
}
