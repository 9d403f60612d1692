package dev.frl.engine.dl4j.frozen;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.factory.Nd4j;

/** Operations that are prepared once and then repeated on the same arrays. For one thread. */
final class OpSequence implements AutoCloseable {
    private final List<Runnable> steps = new ArrayList<>();
    private final List<OpContext> contexts = new ArrayList<>();

    void add(Runnable step) {
        steps.add(step);
    }

    /** Adds an ND4J operation, by its name and integer arguments. */
    void add(String name, long[] arguments, INDArray output, INDArray... inputs) {
        var context = context(output, inputs);
        context.setIArguments(arguments);
        add(name, context);
    }

    /** Adds values ← max(values, 0). */
    void addRelu(INDArray values) {
        var context = context(values, values);
        context.setTArguments(0.0);
        add("relu", context);
    }

    private OpContext context(INDArray output, INDArray... inputs) {
        var context = Nd4j.getExecutioner().buildContext();
        contexts.add(context);
        context.setInputArrays(inputs);
        context.setOutputArrays(output);
        return context;
    }

    private void add(String name, OpContext context) {
        CustomOp operation = DynamicCustomOp.builder(name).build();
        steps.add(() -> Nd4j.getExecutioner().exec(operation, context));
    }

    void run() {
        steps.forEach(Runnable::run);
    }

    @Override
    public void close() {
        for (@Nullable OpContext context : contexts) {
            closeQuietly(context);
        }
    }

    private static void closeQuietly(@Nullable OpContext context) {
        try {
            if (context != null) {
                context.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
