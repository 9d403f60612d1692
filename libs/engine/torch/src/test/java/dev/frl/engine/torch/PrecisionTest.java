package dev.frl.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.engine.Samples;
import dev.frl.engine.kit.machine.Gpu;
import dev.frl.engine.kit.machine.Processor;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architectures;
import java.util.Arrays;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PrecisionTest {
    private static final AttackSettings PGD =
            new AttackSettings(Method.PGD, Loss.CROSS_ENTROPY, 0.02, 0.005, 5, Start.UNIFORM);

    @Test
    void bfloat16_needs_the_environment_variable() {
        assertThat(Precision.of(null, Set.of("amx_bf16"))).isEqualTo(Precision.FLOAT32);
        assertThat(new TorchEngine(null).description()).endsWith(", attacks in float32");
    }

    @Test
    void a_processor_without_bfloat16_refuses_it_in_one_line() {
        assertThatThrownBy(() -> Precision.of("bfloat16", Set.of("avx2", "avx512f")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("neither AVX512-BF16 nor AMX")
                .hasMessageContaining("unset FRL_TORCH_PRECISION")
                .message()
                .doesNotContain("\n");
        assertThat(Precision.of("bfloat16", Set.of("avx512_bf16"))).isEqualTo(Precision.BFLOAT16);
    }

    @Test
    void a_gpu_has_it_from_8_0_on_whatever_the_processor() {
        assertThat(Precision.of("bfloat16", new Gpu("NVIDIA A10", 8, 6))).isEqualTo(Precision.BFLOAT16);
        assertThatThrownBy(() -> Precision.of("bfloat16", new Gpu("Tesla T4", 7, 5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("FRL_TORCH_PRECISION is bfloat16, but Tesla T4, compute capability 7.5 has no")
                .hasMessageEndingWith("unset FRL_TORCH_PRECISION");
    }

    @Test
    void an_unknown_precision_is_an_error_that_names_the_variable() {
        assertThatThrownBy(() -> new TorchEngine("half").description())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("FRL_TORCH_PRECISION is half; it must be float32 or bfloat16");
    }

    /** Tests on processors and GPUs that have bfloat16. */
    @Nested
    final class OnThisProcessor {
        private final TorchEngine engine = new TorchEngine("bfloat16");

        @BeforeEach
        void it_has_bfloat16() {
            var flags = Processor.flags();
            assumeTrue(
                    Natives.isOnGpu()
                            ? Gpu.first(Gpu::ask).isAtLeast(8, 0)
                            : flags.contains("amx_bf16") || flags.contains("avx512_bf16"));
        }

        @ParameterizedTest
        @ValueSource(strings = {"cnn-small", "cnn-bn"})
        void the_same_seeds_give_the_same_bits_for_any_threads_and_batches(String name) {
            // Given
            var architecture = Architectures.named(name, 1, 28, 28, 10);
            var state = architecture.initialState(1);
            var samples = samples(architecture, 70);
            int pixels = architecture.pixels();

            // When
            try (var one = engine.open(architecture, state, 1);
                    var two = engine.open(architecture, state, 2)) {
                var whole = one.attack(samples, PGD);

                // Then
                assertThat(two.attack(samples, PGD)).isEqualTo(whole);
                int[] tail = {60, 61, 62, 63, 64, 65, 66, 67, 68, 69};
                assertThat(two.attack(samples.restarted(tail, 0), PGD))
                        .isEqualTo(Arrays.copyOfRange(whole, 60 * pixels, 70 * pixels));
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"cnn-small", "cnn-bn"})
        void logits_are_exact_and_attacks_nearly(String name) {
            // Given: labels are the predictions, so that there is something to attack
            var architecture = Architectures.named(name, 3, 20, 24, 5);
            var state = architecture.initialState(1);
            var drawn = samples(architecture, 200);

            // When
            try (var fast = engine.open(architecture, state, 2);
                    var exact = new TorchEngine("float32").open(architecture, state, 2)) {
                var labels = exact.evaluate(drawn, PGD).clean();
                var samples = new Samples(drawn.images(), labels, drawn.radius(), drawn.seeds());

                // Then
                assertThat(fast.logits(drawn.images(), 200)).isEqualTo(exact.logits(drawn.images(), 200));
                var moved = fast.attack(samples, PGD);
                var expected = exact.attack(samples, PGD);
                int same = 0;
                for (int p = 0; p < moved.length; p++) {
                    same += Math.abs(moved[p] - expected[p]) < 1e-5 ? 1 : 0;
                }
                assertThat(moved).isNotEqualTo(expected);
                assertThat(same / (double) moved.length).isGreaterThan(0.9);
                int[] predictions = fast.evaluate(samples, PGD).attacked();
                int[] exactPredictions = exact.evaluate(samples, PGD).attacked();
                int differ = 0;
                for (int i = 0; i < predictions.length; i++) {
                    differ += predictions[i] == exactPredictions[i] ? 0 : 1;
                }
                assertThat(differ).isLessThanOrEqualTo(4);
            }
        }

        /** One step of size 0 from the clean image moves nothing. A net in bfloat16 alone would misclassify some samples. */
        @Test
        void the_exact_net_decides_which_samples_are_misclassified() {
            // Given
            var architecture = Architectures.named("cnn-bn", 1, 28, 28, 10);
            var standstill = new AttackSettings(Method.PGD, Loss.CROSS_ENTROPY, 0.02, 0, 1, Start.CLEAN);
            var samples = samples(architecture, 2_000);

            // When
            try (var net = engine.open(architecture, architecture.initialState(1), 2)) {
                var predictions = net.evaluate(samples, standstill);

                // Then
                assertThat(predictions.attacked()).isEqualTo(predictions.clean());
            }
        }

        private static Samples samples(Architecture architecture, int count) {
            var random = new SplittableRandom(3);
            var images = new float[count * architecture.pixels()];
            for (int p = 0; p < images.length; p++) {
                images[p] = (float) random.nextDouble();
            }
            var radius = new float[count];
            Arrays.fill(radius, 0.02f);
            var labels = random.ints(count, 0, architecture.classes()).toArray();
            return new Samples(images, labels, radius, random.longs(count).toArray());
        }
    }
}
