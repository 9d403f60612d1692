package dev.frl.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Norm;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.core.settings.Named;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.engine.RobustNet.TrainStep;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.kit.attack.Noise;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Results are those of PyTorch. */
interface GoldenContract extends EngineUnderTest {
    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.GradientContract#netsAndMethods")
    default void three_steps_of_training_are_those_of_pytorch(Architecture architecture, TrainingMethod method) {
        threeSteps(
                String.format(Locale.ROOT, "%s-%s.txt", architecture.name(), method.label()),
                architecture,
                method,
                false);
    }

    @Test
    default void three_steps_with_nesterov_momentum_are_those_of_pytorch() {
        threeSteps("plain-natural-nesterov.txt", Fixtures.plain(), TrainingMethod.NATURAL, true);
    }

    private void threeSteps(String file, Architecture architecture, TrainingMethod method, boolean nesterov) {
        // Given
        var golden = new GoldenFile(file);
        var loss = method == TrainingMethod.TRADES ? Loss.KL : Loss.CROSS_ENTROPY;
        var attack = new AttackSettings(Method.PGD, loss, 0.1, 0.03, 3, Start.UNIFORM);
        var step = new TrainStep(method, 6, attack, new OptimizerSettings(0.1, 0.9, 5e-4, nesterov), 0.1);

        // When
        try (var net = open(architecture, golden.tensors("before."), 2)) {
            for (int k = 0; k < 3; k++) {
                double actual = net.trainStep(batch(golden, "step" + k), step);

                // Then
                assertThat(actual)
                        .as("loss of step %d", k)
                        .isCloseTo(golden.floats("step" + k + ".loss")[0], within(1e-4));
            }
            TrainingContract.assertClose(net.state(), golden.tensors("after."), 1e-4f);
            TrainingContract.assertClose(net.optimizerState(), buffers(golden), 1e-4f);
            assertThat(net.logits(golden.floats("step2.images"), 6))
                    .containsExactly(golden.floats("logits"), within(1e-4f));
        }
    }

    /** Logits and gradients with respect to the images, in nets of a sixteenth of the width, on images of CIFAR's shape. */
    @ParameterizedTest
    @ValueSource(strings = {"preactresnet18", "resnet18", "wrn28-2", "wrn28-10"})
    default void the_published_residual_nets_have_the_logits_and_gradients_of_pytorch(String name) {
        // Given
        var architecture = Architectures.narrowed(16, name, 3, 32, 32, 10);
        int pixels = architecture.pixels();
        var drawn = new float[2 * pixels];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = (float) Noise.uniform(1000, i);
        }
        float radius = (float) GradientContract.STEP;
        var samples =
                Fixtures.inner(new Samples(drawn, new int[] {0, 1}, new float[] {radius, radius}, new long[] {0, 1}));
        var golden = new GoldenFile(name + "-narrow.txt");

        // When
        try (var net = open(architecture, Fixtures.counted(architecture), 1)) {
            var logits = net.logits(samples.images(), 2);
            var directions = GradientContract.directions(net, samples);

            // Then
            assertThat(logits).containsExactly(golden.floats("logits"), within(1e-4f));
            var expected = golden.floats("directions");
            int some = expected.length / 2;
            for (int image = 0; image < 2; image++) {
                int first = image * some;
                int firstPixel = image * pixels;
                GradientContract.assertSameDirection(
                        IntStream.range(0, some)
                                .mapToDouble(k -> directions[firstPixel + 13 * k])
                                .toArray(),
                        IntStream.range(0, some)
                                .mapToDouble(k -> expected[first + k])
                                .toArray());
            }
        }
    }

    @Test
    default void the_normal_start_is_that_of_the_script() {
        // Given
        var golden = new GoldenFile("normal-start.txt");
        var start = new float[15];

        // When
        Noise.start(Fixtures.PGD_KL, golden.floats("image"), 0, 15, 0.1f, 42, start, 0);

        // Then
        assertThat(start).containsExactly(golden.floats("start"), within(1e-6f));
    }

    /** Attacks by the names of lines in the file: method, norm and loss. */
    static Stream<Arguments> netsAndGoldenAttacks() {
        var attacks = new ArrayList<String>();
        for (var norm : Norm.values()) {
            attacks.add(String.format(Locale.ROOT, "fgsm-%s-cross-entropy", norm.label()));
            attacks.add(String.format(Locale.ROOT, "bim-%s-dlr", norm.label()));
            for (var loss : Loss.values()) {
                attacks.add(String.format(Locale.ROOT, "pgd-%s-%s", norm.label(), loss.label()));
                attacks.add(String.format(Locale.ROOT, "apgd-%s-%s", norm.label(), loss.label()));
            }
        }
        return Fixtures.tinyChains().flatMap(net -> attacks.stream().map(attack -> Arguments.of(net, attack)));
    }

    /**
     * APGD does so in all samples except one: where the loss grows by no more than rounding, rounding decides whether steps are
     * halved.
     */
    @ParameterizedTest
    @MethodSource("netsAndGoldenAttacks")
    default void attacks_end_where_those_of_pytorch_end(Architecture architecture, String name) {
        // Given
        var golden = new GoldenFile(String.format(Locale.ROOT, "%s-attacks.txt", architecture.name()));
        var words = name.split("-", 3);
        var norm = named(Norm.values(), words[1]);
        var attack = new AttackSettings(
                named(Method.values(), words[0]), norm, named(Loss.values(), words[2]), 0.1, 0.03, 20, Start.UNIFORM);
        var samples = samples(golden, "", "radius-" + norm.label());

        // When
        try (var net = open(architecture, golden.tensors("net."), 2)) {
            var adversarial = net.attack(samples, attack);

            // Then
            var expected = golden.floats(name);
            int pixels = architecture.pixels();
            long apart = IntStream.range(0, expected.length)
                    .filter(p -> !(Math.abs(adversarial[p] - expected[p]) <= 1e-4))
                    .map(p -> p / pixels)
                    .distinct()
                    .count();
            assertThat(apart).isLessThanOrEqualTo(attack.endsAtBest() ? 1 : 0);
        }
    }

    private static <T extends Named> T named(T[] values, String label) {
        return Stream.of(values)
                .filter(value -> value.label().equals(label))
                .findFirst()
                .orElseThrow();
    }

    private static Samples samples(GoldenFile golden, String prefix, String radius) {
        var labels = LongStream.of(golden.longs(prefix + "labels"))
                .mapToInt(Math::toIntExact)
                .toArray();
        return new Samples(
                golden.floats(prefix + "images"), labels, golden.floats(radius), golden.longs(prefix + "seeds"));
    }

    private static TrainBatch batch(GoldenFile golden, String step) {
        return new TrainBatch(
                samples(golden, step + ".", step + ".radius"),
                golden.floats(step + ".standardWeights"),
                golden.floats(step + ".boundaryWeights"));
    }

    private static NamedTensors buffers(GoldenFile golden) {
        var buffers = new LinkedHashMap<String, Tensor>();
        golden.tensors("momentum.")
                .asMap()
                .forEach((name, tensor) -> buffers.put(Architecture.MOMENTUM_BUFFER + name, tensor));
        return NamedTensors.of(buffers);
    }
}
