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
import java.util.Locale;
import java.util.Optional;

/**
 * Finds the layer where numbers stop being finite. This is slow, because it builds the net again up to each of its layers.
 * Training and attacks therefore only detect that a number is not finite, and services search here afterwards.
 */
public final class FirstNotFinite {
    private FirstNotFinite() {}

    /** Name of the first tensor with a number that is not finite, such as {@code 5.weight}. */
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
     * @param engine engine that computes the outputs
     * @param threads processor threads that the engine may use
     * @param state state of the net when a number was not finite
     * @param images images on which a number was not finite, shape [count, C, H, W]
     * @return the layer in words, such as {@code the output of layer 5}; a residual block counts as one layer. Empty if all
     *     numbers are finite on these images
     */
    public static Optional<String> layer(
            Engine engine, int threads, Architecture architecture, NamedTensors state, float[] images, int count) {
        var tensor = tensor(state);
        if (tensor.isPresent()) {
            return tensor.map(name -> String.format(Locale.ROOT, "the weights of layer %s (%s)", layerOf(name), name));
        }
        if (!isFinite(images)) {
            return Optional.of("the images");
        }
        for (int last = 0; last < architecture.layers().size(); last++) {
            var names = List.copyOf(architecture.layers().get(last).shapes().keySet());
            if (!names.isEmpty() && !isFinite(engine, threads, upTo(architecture, last), state, images, count)) {
                return Optional.of(
                        "the output of " + layers(layerOf(names.get(0)), layerOf(names.get(names.size() - 1))));
            }
        }
        return Optional.empty();
    }

    private static String layers(String from, String to) {
        return from.equals(to) ? "layer " + from : String.format(Locale.ROOT, "layers %s to %s", from, to);
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
            return true; // an engine need not support nets that end here; the next layer will show it
        }
    }

    /** The net up to this layer; its logits are the output of the layer, flattened. */
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

    /** Channels or features of a layer's output: the first dimension of a weight in PyTorch's layout. */
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
