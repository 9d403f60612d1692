package dev.frl.bench;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.data.DataStore;
import dev.frl.data.Datasets;
import dev.frl.data.ImageSet;
import dev.frl.data.Progress;
import dev.frl.engine.Architectures;
import dev.frl.engine.Engine;
import dev.frl.engine.RobustNet;
import dev.frl.engine.RobustNet.TrainStep;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Times rounds of one engine as bench/peer/frl_reference.py does in its bench mode: PGD-20 on validation data, then an
 * epoch of TRADES with a 10-step inner attack, batches of 128. Prints one line of JSON with medians in seconds.
 *
 * <p>Options: {@code --data} folder, {@code --arch}, {@code --train}, {@code --val}, {@code --rounds}, {@code --threads},
 * {@code --engine}, {@code --seed}.
 */
public final class EngineRound {
    private static final float EPSILON = 0.1f;
    private static final int BATCH = 128;
    private static final TrainStep STEP = new TrainStep(
            TrainingMethod.TRADES,
            6,
            new AttackSettings(Method.PGD, Loss.KL, EPSILON, EPSILON / 4, 10, Start.NORMAL),
            OptimizerSettings.DEFAULT,
            OptimizerSettings.LEARNING_RATE);

    private final RobustNet net;
    private final ImageSet images;
    private final SplittableRandom random;

    private EngineRound(RobustNet net, ImageSet images, long seed) {
        this.net = net;
        this.images = images;
        this.random = new SplittableRandom(seed);
    }

    public static void main(String[] arguments) {
        var options = Options.of(arguments);
        var data = Path.of(options.getOrDefault("data", "/usr/share/datasets/fashion-mnist"));
        var dataset = new DataStore(data, data, Progress.NONE).load(Datasets.named("fashion-mnist"));
        var images = dataset.train();
        int train = Integer.parseInt(options.getOrDefault("train", "4000"));
        int validation = Integer.parseInt(options.getOrDefault("val", "1000"));
        int rounds = Integer.parseInt(options.getOrDefault("rounds", "3"));
        int threads = Integer.parseInt(options.getOrDefault("threads", "2"));
        long seed = Long.parseLong(options.getOrDefault("seed", "0"));
        var engine = Engine.named(options.getOrDefault("engine", "dl4j"));
        var architecture = Architectures.named(
                options.getOrDefault("arch", "cnn-small"), 1, dataset.height(), dataset.width(), 10);
        var validationTimes = new double[rounds];
        var trainTimes = new double[rounds];
        double robust = 0;
        try (var net = engine.open(architecture, architecture.initialState(seed), threads)) {
            var round = new EngineRound(net, images, seed);
            for (int i = 0; i < rounds; i++) {
                long start = System.nanoTime();
                robust = round.validate(validation);
                long middle = System.nanoTime();
                round.train(train);
                validationTimes[i] = (middle - start) / 1e9;
                trainTimes[i] = (System.nanoTime() - middle) / 1e9;
            }
        }
        System.out.printf(
                "{\"engine\": \"%s\", \"arch\": \"%s\", \"threads\": %d, \"validation_s\": %.3f, \"train_epoch_s\": %.3f,"
                        + " \"robust_error\": %.3f, \"all_validation_s\": %s, \"all_train_epoch_s\": %s}%n",
                engine.description(),
                architecture.name(),
                threads,
                median(validationTimes),
                median(trainTimes),
                robust,
                Arrays.toString(validationTimes),
                Arrays.toString(trainTimes));
    }

    /** Robust error of the last {@code count} images, a fraction. */
    private double validate(int count) {
        var order = new int[count];
        Arrays.setAll(order, i -> images.count() - count + i);
        var samples = samples(order);
        var verdicts = net.judge(samples, AttackSettings.PGD_20);
        int wrong = 0;
        for (int i = 0; i < count; i++) {
            wrong += verdicts.attacked()[i] != samples.labels()[i] ? 1 : 0;
        }
        return (double) wrong / count;
    }

    /** One epoch over the first {@code count} images, in a new order. */
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
            net.trainStep(new TrainBatch(samples, even, even), STEP);
        }
    }

    private Samples samples(int[] which) {
        var radius = new float[which.length];
        Arrays.fill(radius, EPSILON);
        return new Samples(
                images.gather(which),
                images.labels(which),
                radius,
                random.longs(which.length).toArray());
    }

    private static double median(double[] values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
