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
 * A DL4J graph in training mode, whose loss is computed outside of it. Forward and backward pass of a batch must run on the
 * same thread, because the activations are in a DL4J workspace, which belongs to a thread. The next batch reuses the workspace,
 * so memory does not depend on the garbage collector.
 */
final class TrainingGraph extends ComputationGraph {
    private static final long serialVersionUID = 1L;

    private final transient Architecture architecture;
    private transient @Nullable MemoryWorkspace activations;
    private transient @Nullable INDArray images;
    private transient @Nullable INDArray logitGradient;

    /** @param parameters DL4J's flattened parameters, shape [1, size]; shared, not copied */
    TrainingGraph(Architecture architecture, INDArray parameters) {
        super(GraphDefinition.of(architecture));
        this.architecture = architecture;
        init(parameters, false);
    }

    /** Numbers of the architecture's leaves with parameters, in the order of the flattened parameters. */
    List<Integer> layersInOrder() {
        return Arrays.stream(topologicalSortOrder())
                .mapToObj(vertex -> getVertices()[vertex])
                .filter(vertex -> vertex.hasLayer() && vertex.getLayer().numParams() > 0)
                .map(vertex -> GraphDefinition.leaf(vertex.getVertexName()))
                .toList();
    }

    /**
     * @param nchw images, shape [count, C, H, W]
     * @param rank rank among the parts of the batch
     * @return logits, shape [count, classes]
     */
    float[] forward(float[] nchw, int count, AllReduce.Rank rank) {
        setRank(rank);
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
     * The backward pass after the last {@link #forward}.
     *
     * @param logitGradients gradient of the loss with respect to the logits, shape [count, classes]
     * @param rank rank among the parts of the batch
     * @return gradient with respect to the parameters, in {@link GraphOrder}, valid until the next call; at the positions of
     *     running statistics it has mean and biased variance of the whole batch
     */
    INDArray backward(float[] logitGradients, AllReduce.Rank rank) {
        setRank(rank);
        try {
            var gradient = gradientFor(logitGradients.length / architecture.classes());
            NativeFloats.write(logitGradients, logitGradients.length, gradient);
            calcBackpropGradients(true, false, gradient);
            return flattenedGradients;
        } finally {
            release();
        }
    }

    private void setRank(AllReduce.Rank rank) {
        for (var layer : getLayers()) {
            if (layer instanceof FusedBatchNormLayer norm) {
                norm.rank(rank);
            }
        }
    }

    /** Frees the activations; call it after a forward pass that no backward pass follows. */
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
