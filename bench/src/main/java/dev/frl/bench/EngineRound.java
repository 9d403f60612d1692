package dev.frl.bench;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.data.ImageSet;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.data.store.Datasets;
import dev.frl.engine.Engine;
import dev.frl.engine.RobustNet;
import dev.frl.engine.RobustNet.TrainStep;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.net.Architectures;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Times rounds of one engine, the same as the bench mode of bench/peer/frl_reference.py: PGD-20 on validation data, then an
 * epoch of training with attacks of 10 steps and batches of 128. Residual nets get the images in CIFAR's shape: padded to
 * 32x32, in three channels. Prints one line of JSON with medians in seconds.
 *
 * <p>Options: {@code --data} folder, {@code --arch}, {@code --method}, {@code --train}, {@code --val}, {@code --rounds}, {@code --threads},
 * {@code --engine}, {@code --seed}.
 */
public final class EngineRound {
    private static final float EPSILON = 0.1f;
    private static final int BATCH = 128;

    private final RobustNet net;
    private final TrainStep step;
    private final ImageSet images;
    private final boolean likeCifar;
    private final SplittableRandom random;

    private EngineRound(RobustNet net, TrainingMethod method, ImageSet images, boolean likeCifar, long seed) {
        this.net = net;
        boolean trades = method == TrainingMethod.TRADES;
        var loss = trades ? Loss.KL : Loss.CROSS_ENTROPY;
        var start = trades ? Start.NORMAL : Start.UNIFORM;
        this.step = new TrainStep(
                method,
                6,
                new AttackSettings(Method.PGD, loss, EPSILON, EPSILON / 4, 10, start),
                OptimizerSettings.DEFAULT,
                OptimizerSettings.LEARNING_RATE);
        this.images = images;
        this.likeCifar = likeCifar;
        this.random = new SplittableRandom(seed);
    }

    public static void main(String[] arguments) {
        var options = Options.of(arguments);
        var data = Path.of(options.text("data", "/usr/share/datasets/fashion-mnist"));
        var images = new DataStore(data, data, Progress.NONE)
                .load(Datasets.named("fashion-mnist"))
                .train();
        int train = options.number("train", 4000);
        int validation = options.number("val", 1000);
        int rounds = options.number("rounds", 3);
        int threads = options.number("threads", 2);
        long seed = options.number("seed", 0);
        var engine = Engine.named(options.text("engine", "dl4j"));
        var name = options.text("arch", "cnn-small");
        boolean likeCifar = !name.startsWith("cnn");
        var architecture =
                likeCifar ? Architectures.named(name, 3, 32, 32, 10) : Architectures.named(name, 1, 28, 28, 10);
        var method = method(options.text("method", TrainingMethod.TRADES.label()));
        var validationTimes = new double[rounds];
        var trainTimes = new double[rounds];
        double accuracy;
        try (var net = engine.open(architecture, architecture.initialState(seed), threads)) {
            var round = new EngineRound(net, method, images, likeCifar, seed);
            for (int i = 0; i < rounds; i++) {
                long start = System.nanoTime();
                round.validate(validation);
                long middle = System.nanoTime();
                round.train(train);
                validationTimes[i] = (middle - start) / 1e9;
                trainTimes[i] = (System.nanoTime() - middle) / 1e9;
            }
            accuracy = round.accuracy(train);
        }
        System.out.printf(
                Locale.ROOT,
                "{\"engine\": \"%s\", \"arch\": \"%s\", \"threads\": %d, \"validation_s\": %.3f, \"train_epoch_s\": %.3f,"
                        + " \"train_accuracy\": %.3f, \"all_validation_s\": %s, \"all_train_epoch_s\": %s}%n",
                engine.description(),
                architecture.name(),
                threads,
                median(validationTimes),
                median(trainTimes),
                accuracy,
                Arrays.toString(validationTimes),
                Arrays.toString(trainTimes));
    }

    private static TrainingMethod method(String label) {
        return Stream.of(TrainingMethod.values())
                .filter(method -> method.label().equals(label))
                .findFirst()
                .orElseThrow();
    }

    private void validate(int count) {
        var order = new int[count];
        Arrays.setAll(order, i -> images.count() - count + i);
        net.evaluate(samples(order), AttackSettings.PGD_20);
    }

    /** Accuracy on the first {@code count} images, the training images, as a fraction. */
    private double accuracy(int count) {
        int right = 0;
        for (int from = 0; from < count; from += BATCH) {
            var order = new int[Math.min(BATCH, count - from)];
            int first = from;
            Arrays.setAll(order, i -> first + i);
            var samples = samples(order);
            var logits = net.logits(samples.images(), order.length);
            int classes = logits.length / order.length;
            for (int i = 0; i < order.length; i++) {
                int best = 0;
                for (int c = 1; c < classes; c++) {
                    best = logits[i * classes + c] > logits[i * classes + best] ? c : best;
                }
                right += best == samples.labels()[i] ? 1 : 0;
            }
        }
        return (double) right / count;
    }

    /** One epoch over the first {@code count} images, in a new random order. */
    private void train(int count) {
        var order = new int[count];
        Arrays.setAll(order, i -> i);
        for (int i = count - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        for (int from = 0; from < count; from += BATCH) {
            var samples = samples(Arrays.copyOfRange(order, from, Math.min(count, from + BATCH)));
            var even = new float[samples.count()];
            Arrays.fill(even, 0.1f);
            net.trainStep(new TrainBatch(samples, even, even), step);
        }
    }

    private Samples samples(int[] indices) {
        var radius = new float[indices.length];
        Arrays.fill(radius, EPSILON);
        var pixels = images.gather(indices);
        return new Samples(
                likeCifar ? likeCifar(pixels, indices.length) : pixels,
                images.labels(indices),
                radius,
                random.longs(indices.length).toArray());
    }

    /** From [count, 1, 28, 28] to [count, 3, 32, 32]: zero padding of 2, and three equal channels. */
    private static float[] likeCifar(float[] pixels, int count) {
        var padded = new float[count * 3 * 32 * 32];
        for (int i = 0; i < count * 3; i++) {
            for (int row = 0; row < 28; row++) {
                System.arraycopy(pixels, (i / 3 * 28 + row) * 28, padded, (i * 32 + row + 2) * 32 + 2, 28);
            }
        }
        return padded;
    }

    private static double median(double[] values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
