package dev.frl.engine.torch;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.engine.Engine;
import dev.frl.engine.RobustNet.TrainStep;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architectures;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Prints the engine's speed on this machine; docs/engines.md has the command. It asserts nothing about time. */
@EnabledIfSystemProperty(named = "frl.test.speed", matches = "true")
final class SpeedTest {
    private static final int THREADS = 2;
    private static final int BATCH = 128;
    private static final int STEPS = 7;
    private static final int REPEATS = 3;
    private static final double EPSILON = 8 / 255.0;
    private static final double STEP_SIZE = 2 / 255.0;
    private static final AttackSettings PGD20 =
            new AttackSettings(Method.PGD, Loss.CROSS_ENTROPY, EPSILON, STEP_SIZE, 20, Start.UNIFORM);
    private static final AttackSettings INNER =
            new AttackSettings(Method.PGD, Loss.KL, EPSILON, STEP_SIZE, 10, Start.NORMAL);

    @ParameterizedTest
    @CsvSource({"cnn-small, 1, 28, 8192", "cnn-bn, 1, 28, 8192", "preactresnet18, 3, 32, 1024"})
    void images_per_second(String name, int channels, int size, int images) {
        var engine = Engine.named("torch");
        var architecture = Architectures.named(name, channels, size, size, 10);
        var samples = samples(architecture, images);
        try (var net = engine.open(architecture, architecture.initialState(7), THREADS)) {
            net.attack(samples(architecture, 600), PGD20);
            double[] seconds = new double[REPEATS];
            for (int i = 0; i < REPEATS; i++) {
                seconds[i] = seconds(() -> net.attack(samples, PGD20));
            }
            Arrays.sort(seconds);
            System.out.printf(
                    Locale.ROOT,
                    "%s, %s: PGD-20 without early stop, %d images: %.0f images/s%n",
                    engine.description(),
                    name,
                    images,
                    images / seconds[REPEATS / 2]);
            for (var method : new TrainingMethod[] {TrainingMethod.TRADES, TrainingMethod.NATURAL}) {
                var weights = new float[BATCH];
                Arrays.fill(weights, 1);
                var batch = new TrainBatch(samples(architecture, BATCH), weights, weights);
                var step = new TrainStep(method, 6, INNER, OptimizerSettings.DEFAULT, 0.01);
                net.trainStep(batch, step);
                double all = seconds(() -> {
                    for (int i = 0; i < STEPS; i++) {
                        net.trainStep(batch, step);
                    }
                });
                System.out.printf(
                        Locale.ROOT, "  %s: %.1f ms per step of %d images%n", method, 1_000 * all / STEPS, BATCH);
            }
        }
    }

    private static double seconds(Runnable work) {
        long begun = System.nanoTime();
        work.run();
        return (System.nanoTime() - begun) / 1e9;
    }

    private static Samples samples(Architecture architecture, int count) {
        var random = new SplittableRandom(3);
        var images = new float[count * architecture.pixels()];
        for (int p = 0; p < images.length; p++) {
            images[p] = (float) random.nextDouble();
        }
        var radius = new float[count];
        Arrays.fill(radius, (float) EPSILON);
        var labels = random.ints(count, 0, architecture.classes()).toArray();
        return new Samples(images, labels, radius, random.longs(count).toArray());
    }
}
