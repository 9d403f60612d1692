package dev.frl.bench;

import dev.frl.checkpoint.Safetensors;
import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.Tally;
import dev.frl.core.settings.AttackSettings;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.data.store.Datasets;
import dev.frl.engine.Engine;
import dev.frl.engine.RobustNet;
import dev.frl.engine.Samples;
import dev.frl.engine.net.Architectures;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Times PGD-20 on a checkpoint and Fashion-MNIST's test images. Prints one line of JSON: seconds, and the robust error of each
 * class as a fraction. The first tenth of the images is attacked once before the timing.
 *
 * <p>Options: {@code --checkpoint} safetensors file, {@code --data} folder, {@code --arch}, {@code --images}, {@code
 * --threads}, {@code --engine}, {@code --seed}.
 */
public final class EngineAttack {
    private static final int BATCH = 500;

    private EngineAttack() {}

    public static void main(String[] arguments) {
        var options = Options.of(arguments);
        var data = Path.of(options.text("data", "/usr/share/datasets/fashion-mnist"));
        var dataset = new DataStore(data, data, Progress.NONE).load(Datasets.named("fashion-mnist"));
        var engine = Engine.named(options.text("engine", "dl4j"));
        var architecture = Architectures.named(options.text("arch", "cnn-small"), 1, 28, 28, 10);
        var state = Safetensors.read(Path.of(options.text("checkpoint", ""))).tensors();
        int images = options.number("images", 10_000);
        var radius = new float[BATCH];
        Arrays.fill(radius, (float) AttackSettings.PGD_20.epsilon());
        var random = new SplittableRandom(options.number("seed", 0));
        try (var net = engine.open(architecture, state, options.number("threads", 2))) {
            var batches = IntStream.range(0, images / BATCH)
                    .mapToObj(i -> IntStream.range(i * BATCH, (i + 1) * BATCH).toArray())
                    .map(indices -> new Samples(
                            dataset.test().gather(indices),
                            dataset.test().labels(indices),
                            radius,
                            random.longs(BATCH).toArray()))
                    .toList();
            batches.subList(0, batches.size() / 10).forEach(samples -> evaluate(net, samples));
            long start = System.nanoTime();
            var errors = ClassErrors.of(
                    batches.stream().map(samples -> evaluate(net, samples)).reduce(Tally.empty(10), Tally::plus));
            System.out.printf(
                    Locale.ROOT,
                    "{\"engine\": \"%s\", \"seconds\": %.3f, \"robust\": %s}%n",
                    engine.description(),
                    (System.nanoTime() - start) / 1e9,
                    Arrays.toString(errors.robust().toArray()));
        }
    }

    private static Tally evaluate(RobustNet net, Samples samples) {
        var predictions = net.evaluate(samples, AttackSettings.PGD_20);
        return Tally.count(10, samples.labels(), predictions.clean(), predictions.attacked());
    }
}
