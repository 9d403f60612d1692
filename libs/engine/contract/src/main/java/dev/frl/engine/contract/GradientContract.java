package dev.frl.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Norm;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.engine.RobustNet;
import dev.frl.engine.RobustNet.TrainStep;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.reference.ReferenceEngine;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients agree with central differences, and with the reference engine's. */
interface GradientContract extends EngineUnderTest {
    float SHIFT = 2e-3f;

    /** Gradients with respect to a pixel are small: logits in single precision need a larger shift to show them. */
    float PIXEL_SHIFT = 1e-2f;

    /** Step size in L2; from {@link Fixtures#inner} images a step stays within [0, 1]. */
    double STEP = 0.2;

    static Stream<Arguments> netsAndMethods() {
        return Fixtures.tiny()
                .flatMap(net -> Stream.of(TrainingMethod.values()).map(method -> Arguments.of(net, method)));
    }

    /** Without KL, which has no slope at the clean image. */
    static Stream<Arguments> netsAndLosses() {
        return Fixtures.architectures()
                .flatMap(net -> Stream.of(Loss.CROSS_ENTROPY, Loss.CW, Loss.DLR).map(loss -> Arguments.of(net, loss)));
    }

    @ParameterizedTest
    @MethodSource("netsAndLosses")
    default void fgsm_moves_each_pixel_in_the_direction_in_which_the_loss_grows(Architecture architecture, Loss loss) {
        // Given
        var sample = Fixtures.samples(architecture, 1, 0.01, 3);
        var fgsm = new AttackSettings(Method.FGSM, loss, 0.01, 0.01, 1, Start.CLEAN);

        // When
        try (var net = open(architecture, 4)) {
            var moved = net.attack(sample, fgsm);

            // Then
            var slopes = new HashMap<Integer, Double>();
            new SplittableRandom(5)
                    .ints(40, 0, architecture.pixels())
                    .forEach(pixel -> slopes.put(pixel, slopeByPixel(net, sample, loss, pixel)));
            slopes.entrySet().stream()
                    .sorted(Comparator.comparing(slope -> -Math.abs(slope.getValue())))
                    .limit(12)
                    .forEach(slope -> assertThat(Math.signum(moved[slope.getKey()] - sample.images()[slope.getKey()]))
                            .as("pixel %d", slope.getKey())
                            .isEqualTo((float) Math.signum(slope.getValue())));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.Fixtures#architectures")
    default void gradients_with_respect_to_the_images_are_those_of_the_reference_engine(Architecture architecture) {
        // Given
        var state = Fixtures.state(architecture, 1);
        var samples = Fixtures.inner(Fixtures.samples(architecture, 3, STEP, 2));

        // When
        try (var net = open(architecture, state, 1);
                var reference = new ReferenceEngine().open(architecture, state, 1)) {
            var actual = directions(net, samples);

            // Then
            var expected = directions(reference, samples);
            for (int i = 0; i < 3; i++) {
                int from = i * architecture.pixels();
                assertSameDirection(
                        Arrays.copyOfRange(actual, from, from + architecture.pixels()),
                        Arrays.copyOfRange(expected, from, from + architecture.pixels()));
            }
        }
    }

    /**
     * Gradients of the cross-entropy with respect to the images, each divided by its Euclidean length: the direction of an L2
     * step that reaches no bound.
     *
     * @param samples in {@link Fixtures#inner}, of radius {@link #STEP}
     */
    static double[] directions(RobustNet net, Samples samples) {
        var step = new AttackSettings(Method.BIM, Norm.L2, Loss.CROSS_ENTROPY, STEP, STEP, 1, Start.CLEAN);
        var moved = net.attack(samples, step);
        var directions = new double[moved.length];
        Arrays.setAll(directions, p -> ((double) moved[p] - samples.images()[p]) / STEP);
        return directions;
    }

    /** Directions differ by less than a thousandth of their length. Where no unit of the net is active, both are 0. */
    static void assertSameDirection(double[] actual, double[] expected) {
        double apart = 0;
        double length = 0;
        for (int p = 0; p < expected.length; p++) {
            apart += (actual[p] - expected[p]) * (actual[p] - expected[p]);
            length += expected[p] * expected[p];
        }
        assertThat(Math.sqrt(apart)).isLessThanOrEqualTo(1e-3 * Math.sqrt(length));
    }

    /**
     * With learning rate 1 and no momentum, a step subtracts the gradient from the weights. Where a ReLU's kink lies within the
     * shift, the slopes on both sides differ, and the gradient is about one of them.
     */
    @ParameterizedTest
    @MethodSource("netsAndMethods")
    default void a_plain_step_subtracts_the_gradient_from_each_weight(
            Architecture architecture, TrainingMethod method) {
        // Given
        var batch = Fixtures.batch(architecture, 5, 6);
        var step = new TrainStep(method, 6, Fixtures.START_ONLY, new OptimizerSettings(1, 0, 0), 1);
        var before = Fixtures.state(architecture, 7);

        // When
        try (var net = open(architecture, before, 1)) {
            double loss = net.trainStep(batch, step);
            var after = net.state();

            // Then
            var random = new SplittableRandom(8);
            for (var name :
                    before.names().stream().filter(Architecture::isParameter).toList()) {
                for (int k = 0; k < 4; k++) {
                    int position = random.nextInt(before.get(name).size());
                    double up = (loss(net, before, name, position, SHIFT, batch, step) - loss) / SHIFT;
                    double down = (loss - loss(net, before, name, position, -SHIFT, batch, step)) / SHIFT;
                    double moved = Fixtures.floats(before, name)[position] - Fixtures.floats(after, name)[position];
                    assertThat(moved)
                            .as("%s at %d", name, position)
                            .isCloseTo((up + down) / 2, within(2e-3 + Math.abs(up - down) / 2));
                }
            }
        }
    }

    private static double loss(
            RobustNet net,
            NamedTensors state,
            String name,
            int position,
            float shift,
            TrainBatch batch,
            TrainStep step) {
        net.load(Fixtures.with(state, name, position, Fixtures.floats(state, name)[position] + shift));
        return net.trainStep(batch, step);
    }

    private static double slopeByPixel(RobustNet net, Samples sample, Loss loss, int pixel) {
        var up = sample.images().clone();
        var down = sample.images().clone();
        up[pixel] += PIXEL_SHIFT;
        down[pixel] -= PIXEL_SHIFT;
        int label = sample.labels()[0];
        return loss(loss, net.logits(up, 1), label) - loss(loss, net.logits(down, 1), label);
    }

    private static double loss(Loss loss, float[] logits, int label) {
        return switch (loss) {
            case CROSS_ENTROPY -> crossEntropy(logits, label);
            case CW -> margin(logits, label);
            case DLR -> {
                var sorted = logits.clone();
                Arrays.sort(sorted);
                yield margin(logits, label) / ((double) sorted[sorted.length - 1] - sorted[sorted.length - 3]);
            }
            case KL -> throw new IllegalArgumentException("has no slope at the clean image");
        };
    }

    private static double margin(float[] logits, int label) {
        return IntStream.range(0, logits.length)
                .filter(j -> j != label)
                .mapToDouble(j -> (double) logits[j] - logits[label])
                .max()
                .orElseThrow();
    }

    private static double crossEntropy(float[] logits, int label) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp((double) logit - logits[label]);
        }
        return Math.log(sum);
    }
}
