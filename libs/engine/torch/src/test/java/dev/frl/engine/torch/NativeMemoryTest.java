package dev.frl.engine.torch;

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
import dev.frl.engine.net.Architecture.BatchNorm;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Flatten;
import dev.frl.engine.net.Architecture.Linear;
import dev.frl.engine.net.Architecture.Relu;
import dev.frl.engine.net.Architecture.Residual;
import dev.frl.engine.net.Architectures;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tests run no garbage collection, so memory must not depend on one. */
final class NativeMemoryTest {
    private static final long MEGABYTE = 1 << 20;
    private static final AttackSettings ATTACK = new AttackSettings(Method.PGD, Loss.KL, 0.1, 0.03, 2, Start.NORMAL);
    private static final TrainStep STEP =
            new TrainStep(TrainingMethod.TRADES, 6, ATTACK, OptimizerSettings.DEFAULT, 0.001);

    /** Small, with every kind of layer except pooling. */
    private static final Architecture TINY = new Architecture(
            "tiny",
            1,
            3,
            3,
            2,
            List.of(
                    new Convolution("0", 1, 2, 3, 1, 1),
                    new BatchNorm("1", 2),
                    new Relu(),
                    new Residual(
                            List.of(new BatchNorm("3", 2), new Relu(), new Convolution("5", 2, 2, 3, 1, 1, false)),
                            List.of()),
                    new Flatten(),
                    new Linear("7", 18, 2)));

    @Test
    void ten_thousand_batches_leave_native_memory_where_it_was() {
        // Given
        try (var net = Engine.named("torch").open(TINY, TINY.initialState(1), 2)) {
            work(net, TINY, 500);
            long pointers = Pointer.totalCount();

            // When
            long leastGrowth = Long.MAX_VALUE;
            for (int i = 0; i < 4; i++) {
                long resident = Pointer.physicalBytes();
                work(net, TINY, 2_500);
                leastGrowth = Math.min(leastGrowth, Pointer.physicalBytes() - resident);
            }

            // Then: Java's own heap is resident too and may grow once; a leak grows each time
            assertThat(Pointer.totalCount()).as("native objects held").isLessThanOrEqualTo(pointers);
            assertThat(leastGrowth).isLessThan(12 * MEGABYTE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cnn-small", "cnn-bn"})
    void nets_that_are_closed_leave_nothing_behind(String name) {
        // Given
        var architecture = Architectures.named(name, 1, 12, 12, 10);
        openWorkClose(architecture, 5);
        long resident = Pointer.physicalBytes();
        long pointers = Pointer.totalCount();

        // When
        openWorkClose(architecture, 50);

        // Then
        assertThat(Pointer.totalCount()).as("native objects held").isLessThanOrEqualTo(pointers);
        assertThat(Pointer.physicalBytes() - resident).isLessThan(50 * MEGABYTE);
    }

    private static void openWorkClose(Architecture architecture, int times) {
        for (int i = 0; i < times; i++) {
            var state = architecture.initialState(i);
            try (var net = Engine.named("torch").open(architecture, state, 2)) {
                work(net, architecture, 2);
                net.load(state);
                net.loadOptimizer(net.optimizerState());
            }
        }
    }

    private static void work(RobustNet net, Architecture architecture, int batches) {
        var random = new SplittableRandom(2);
        for (int i = 0; i < batches; i++) {
            int count = 4 + i % 3; // batches of several sizes, as the last of an epoch is
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
            if (i % 2 == 0) {
                net.trainStep(new TrainBatch(samples, radius, radius), STEP);
            } else {
                net.evaluate(samples, ATTACK);
            }
        }
    }
}
