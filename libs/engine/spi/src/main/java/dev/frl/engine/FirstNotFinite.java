package dev.frl.engine;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.Flatten;
import dev.frl.engine.net.Architecture.GlobalAveragePool;
import dev.frl.engine.net.Architecture.Layer;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * Finds, once a number was not finite, where that began. Slow, for it builds the net anew up to each of its layers; so training
 * and attacks only notice that something is wrong, and ask here afterwards.
 */
public final class FirstNotFinite {
    private FirstNotFinite() {}

    /** The first tensor that holds a number which is not finite, as in {@code 5.weight}. */
    public static Optional<String> tensor(NamedTensors tensors) {
        return tensors.asMap().entrySet().stream()
                .filter(entry -> entry.getValue() instanceof Floats floats && !isFinite(floats.values()))
                .map(entry -> entry.getKey())
                .findFirst();
    }

    /**
     * The first layer, in order of application, whose weights or output are not finite. Outputs are those of evaluation mode:
     * batch norm uses its running statistics.
     *
     * @param engine that computes the outputs
     * @param threads processor threads it may use
     * @param state of the net when it happened
     * @param images that it happened on, shape [count, C, H, W]
     * @return in words, as {@code the output of layer 5}, where a residual block counts as one layer; empty if all is finite
     *     on these images
     */
    public static Optional<String> layer(
            Engine engine, int threads, Architecture architecture, NamedTensors state, float[] images, int count) {
        var tensor = tensor(state);
        if (tensor.isPresent()) {
            return tensor.map(name -> "the weights of layer %s (%s)".formatted(layerOf(name), name));
        }
        if (!isFinite(images)) {
            return Optional.of("the images");
        }
        for (int last = 0; last < architecture.layers().size(); last++) {
            var names = List.copyOf(architecture.layers().get(last).shapes().keySet());
            if (!names.isEmpty() && !isFinite(engine, threads, upTo(architecture, last), state, images, count)) {
                return Optional.of(
                        "the output of " + inWords(layerOf(names.get(0)), layerOf(names.get(names.size() - 1))));
            }
        }
        return Optional.empty();
    }

    private static String inWords(String from, String to) {
        return from.equals(to) ? "layer " + from : "layers %s to %s".formatted(from, to);
    }

    private static String layerOf(String tensor) {
        int dot = tensor.lastIndexOf('.');
        return dot < 0 ? tensor : tensor.substring(0, dot);
    }

    private static boolean isFinite(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isFinite(
            Engine engine, int threads, Architecture part, NamedTensors state, float[] images, int count) {
        var own = new LinkedHashMap<String, Tensor>();
        part.shapes().keySet().forEach(name -> own.put(name, state.get(name)));
        try (var net = engine.open(part, NamedTensors.of(own), threads)) {
            net.logits(images, count);
            return true;
        } catch (NotFiniteException e) {
            return false;
        } catch (IllegalArgumentException e) {
            return true; // an engine need not know nets that end here; the next layer tells
        }
    }

    /** The net that answers with the output of this layer, flattened. */
    private static Architecture upTo(Architecture whole, int last) {
        var layers = new ArrayList<>(whole.layers().subList(0, last + 1));
        int height = whole.height();
        int width = whole.width();
        int channels = whole.channels();
        boolean flat = false;
        for (Layer layer : layers) {
            flat |= layer instanceof Flatten || layer instanceof GlobalAveragePool;
            channels = outputs(layer, channels);
            height = layer.outputSize(height);
            width = layer.outputSize(width);
        }
        if (!flat) {
            layers.add(new Flatten());
        }
        int outputs = flat ? channels : channels * height * width;
        return new Architecture(whole.name(), whole.channels(), whole.height(), whole.width(), outputs, layers);
    }

    /** PyTorch's weights have the outputs, or the channels, as their first dimension. */
    private static int outputs(Layer layer, int inputs) {
        int outputs = inputs;
        for (var shape : layer.shapes().entrySet()) {
            if (shape.getKey().endsWith(".weight")) {
                outputs = shape.getValue().get(0);
            }
        }
        return outputs;
    }
}
