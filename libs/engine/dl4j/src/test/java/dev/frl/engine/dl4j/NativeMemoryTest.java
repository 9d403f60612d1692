package dev.frl.engine.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.engine.Engine;
import dev.frl.engine.RobustNet;
import dev.frl.engine.RobustNet.TrainStep;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architectures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.factory.Nd4j;

final class NativeMemoryTest {
    private static final long MEGABYTE = 1 << 20;
    private static final AttackSettings ATTACK = new AttackSettings(Method.PGD, Loss.KL, 0.1, 0.03, 2, Start.NORMAL);
    private static final TrainStep STEP =
            new TrainStep(TrainingMethod.TRADES, 6, ATTACK, OptimizerSettings.DEFAULT, 0.001);

    @ParameterizedTest
    @ValueSource(strings = {"cnn-small", "cnn-bn", "preactresnet18"})
    void more_than_a_thousand_batches_leave_native_memory_where_it_was(String name) throws IOException {
        // Given
        var architecture = narrow(name);
        try (var net = Engine.named("dl4j").open(architecture, architecture.initialState(1), 2)) {
            work(net, architecture, 200);
            long allocated = allocated();
            long leastGrowth = Long.MAX_VALUE;

            // When
            for (int i = 0; i < 3; i++) {
                long resident = resident();
                work(net, architecture, 400);
                leastGrowth = Math.min(leastGrowth, resident() - resident);
            }

            // Then: Java's own heap is resident too and may grow once; a leak grows each time
            assertThat(allocated() - allocated).isLessThan(MEGABYTE);
            assertThat(leastGrowth).isLessThan(10 * MEGABYTE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cnn-small", "cnn-bn", "preactresnet18"})
    void thirty_nets_opened_and_closed_leave_native_memory_where_it_was(String name) throws IOException {
        // Given
        var architecture = narrow(name);
        openWorkClose(architecture, 5);
        long allocated = allocated();
        long leastGrowth = Long.MAX_VALUE;

        // When
        for (int i = 0; i < 3; i++) {
            long resident = resident();
            openWorkClose(architecture, 30);
            leastGrowth = Math.min(leastGrowth, resident() - resident);
        }

        // Then: Java's compiler takes memory too, once; a leak grows each time
        assertThat(allocated() - allocated).isLessThan(MEGABYTE);
        assertThat(leastGrowth).isLessThan(100 * MEGABYTE);
    }

    private static Architecture narrow(String name) {
        return Architectures.narrowed(name.startsWith("cnn") ? 1 : 16, name, 1, 12, 12, 10);
    }

    private static void openWorkClose(Architecture architecture, int times) {
        for (int i = 0; i < times; i++) {
            try (var net = Engine.named("dl4j").open(architecture, architecture.initialState(i), 2)) {
                work(net, architecture, 2);
            }
        }
    }

    private static void work(RobustNet net, Architecture architecture, int batches) {
        var random = new SplittableRandom(2);
        for (int i = 0; i < batches; i++) {
            int count = 24 + i % 3; // batches of several sizes, as the last of an epoch is
            var images = new float[count * architecture.pixels()];
            for (int p = 0; p < images.length; p++) {
                images[p] = (float) random.nextDouble();
            }
            var radius = new float[count];
            Arrays.fill(radius, 0.1f);
            var samples = new Samples(
                    images,
                    random.ints(count, 0, architecture.classes()).toArray(),
                    radius,
                    random.longs(count).toArray());
            net.trainStep(new TrainBatch(samples, radius, radius), STEP);
            net.evaluate(samples, ATTACK);
        }
    }

    /** In these tests the heap is resident from the start (see the pom), so growth is outside of the heap. */
    private static long resident() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/smaps_rollup"))) {
            return lines.filter(line -> line.startsWith("Rss:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .sum();
        }
    }

    /** Memory that ND4J has allocated and not freed. The tests run no garbage collection, so it must not depend on one. */
    private static long allocated() {
        return Nd4j.getEnvironment().getDeviceCouner(0);
    }
}
