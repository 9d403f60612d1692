package dev.frl.bench;

import dev.frl.checkpoint.Safetensors;
import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Norm;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.data.store.Datasets;
import dev.frl.engine.Engine;
import dev.frl.engine.RobustNet;
import dev.frl.engine.Samples;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Longs;
import dev.frl.engine.net.NamedTensors.Tensor;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Writes an engine's numbers for a checkpoint and test images of Fashion-MNIST, for bench/same_numbers.py: {@code logits}
 * [count, classes]; {@code directions} [count, pixels], gradients of the cross-entropy with respect to the pixels, each divided
 * by its Euclidean length; {@code clean} and {@code attacked} [count], predicted classes before and after PGD-20, sample i with
 * seed i.
 *
 * <p>Options: {@code --engine}, {@code --checkpoint}, {@code --arch}, {@code --data} folder, {@code --count}, {@code --out}.
 */
public final class EngineNumbers {
    /** Length of the L2 step in units of pixel value: rounding of the pixels is below 1e-4 of it. */
    private static final float STEP = 0.01f;

    private EngineNumbers() {}

    public static void main(String[] arguments) throws IOException {
        var options = Options.of(arguments);
        var data = Path.of(options.text("data", "/usr/share/datasets/fashion-mnist"));
        var dataset = new DataStore(data, data, Progress.NONE).load(Datasets.named("fashion-mnist"));
        int[] indices = IntStream.range(0, options.number("count", 2000)).toArray();
        var architecture =
                Architectures.named(options.text("arch", "cnn-small"), 1, dataset.height(), dataset.width(), 10);
        var state = Safetensors.read(Path.of(options.text("checkpoint", ""))).tensors();
        var images = dataset.test().gather(indices);
        var labels = dataset.test().labels(indices);
        var tensors = new LinkedHashMap<String, Tensor>();
        try (var net = Engine.named(options.text("engine", "dl4j")).open(architecture, state, 2)) {
            tensors.put("logits", new Floats(List.of(indices.length, 10), net.logits(images, indices.length)));
            tensors.put(
                    "directions",
                    new Floats(List.of(indices.length, architecture.pixels()), directions(net, images, labels)));
            evaluate(net, images, labels, tensors);
        }
        try (var out = new BufferedOutputStream(Files.newOutputStream(Path.of(options.text("out", ""))))) {
            Safetensors.write(NamedTensors.of(tensors), Map.of(), out);
        }
    }

    /**
     * Direction of one L2 step, which is all that an engine shows of a gradient: attacks normalise gradients, so engines need not
     * compute their length. Pixels are kept one step away from 0 and 1, so that clamping changes no step.
     */
    private static float[] directions(RobustNet net, float[] images, int[] labels) {
        var inner = new float[images.length];
        for (int p = 0; p < images.length; p++) {
            inner[p] = Math.min(Math.max(images[p], STEP), 1 - STEP);
        }
        var radius = new float[labels.length];
        Arrays.fill(radius, 2 * STEP);
        var step = new AttackSettings(Method.BIM, Norm.L2, Loss.CROSS_ENTROPY, 2 * STEP, STEP, 1, Start.CLEAN);
        var moved = net.attack(new Samples(inner, labels, radius, new long[labels.length]), step);
        var directions = new float[moved.length];
        for (int p = 0; p < moved.length; p++) {
            directions[p] = (moved[p] - inner[p]) / STEP;
        }
        return directions;
    }

    private static void evaluate(RobustNet net, float[] images, int[] labels, Map<String, Tensor> into) {
        var attack = AttackSettings.PGD_20;
        var radius = new float[labels.length];
        Arrays.fill(radius, (float) attack.epsilon());
        var seeds = IntStream.range(0, labels.length).mapToLong(i -> i).toArray();
        var predictions = net.evaluate(new Samples(images, labels, radius, seeds), attack);
        into.put("clean", longs(predictions.clean()));
        into.put("attacked", longs(predictions.attacked()));
    }

    private static Longs longs(int[] values) {
        return new Longs(
                List.of(values.length), Arrays.stream(values).asLongStream().toArray());
    }
}
