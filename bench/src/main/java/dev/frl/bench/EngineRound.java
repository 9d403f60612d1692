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
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Times rounds of one engine as bench/peer/frl_reference.py does in its bench mode: PGD-20 on validation data, then an
 * epoch of TRADES with a 10-step inner attack, batches of 128. Prints one line of JSON with medians in seconds.
 *
 * <p>Options: {@code --data} folder, {@code --arch}, {@code --train}, {@code --val}, {@code --rounds}, {@code --threads},
 * {@code --engine}, {@code --seed}; {@code --images 3x32x32} for images with a border of 2, three times over as channels.
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
    private final boolean large;
    private final SplittableRandom random;

    /** @param large whether images get a border and three channels */
    private EngineRound(RobustNet net, ImageSet images, boolean large, long seed) {
        this.net = net;
        this.images = images;
        this.large = large;
        this.random = new SplittableRandom(seed);
    }

    public static void main(String[] arguments) {
        var options = options(arguments);
        var data = Path.of(options.getOrDefault("data", "/usr/share/datasets/fashion-mnist"));
        var dataset = new DataStore(data, data, Progress.NONE).load(Datasets.named("fashion-mnist"));
        var images = dataset.train();
        int train = Integer.parseInt(options.getOrDefault("train", "4000"));
        int validation = Integer.parseInt(options.getOrDefault("val", "1000"));
        int rounds = Integer.parseInt(options.getOrDefault("rounds", "3"));
        int threads = Integer.parseInt(options.getOrDefault("threads", "2"));
        long seed = Long.parseLong(options.getOrDefault("seed", "0"));
        var engine = Engine.named(options.getOrDefault("engine", "dl4j"));
        boolean large = options.getOrDefault("images", "1x28x28").equals("3x32x32");
        var arch = options.getOrDefault("arch", "cnn-small");
        var architecture = Architectures.named(arch, large ? 3 : 1, large ? 32 : 28, large ? 32 : 28, 10);
        var validationTimes = new double[rounds];
        var trainTimes = new double[rounds];
        double robust = 0;
        try (var net = engine.open(architecture, architecture.initialState(seed), threads)) {
            var round = new EngineRound(net, images, large, seed);
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
        var pixels = images.gather(which);
        return new Samples(
                large ? enlarged(pixels, which.length) : pixels,
                images.labels(which),
                radius,
                random.longs(which.length).toArray());
    }

    /** From [N, 1, 28, 28] to [N, 3, 32, 32]: a border of 2, and every channel the same. */
    private static float[] enlarged(float[] pixels, int count) {
        var enlarged = new float[count * 3 * 32 * 32];
        for (int channel = 0; channel < 3 * count; channel++) {
            for (int row = 0; row < 28; row++) {
                int from = (channel / 3 * 28 + row) * 28;
                System.arraycopy(pixels, from, enlarged, (channel * 32 + row + 2) * 32 + 2, 28);
            }
        }
        return enlarged;
    }

    private static Map<String, String> options(String[] arguments) {
        var options = new HashMap<String, String>();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            options.put(arguments[i].replaceFirst("^--", ""), arguments[i + 1]);
        }
        return options;
    }

    private static double median(double[] values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
