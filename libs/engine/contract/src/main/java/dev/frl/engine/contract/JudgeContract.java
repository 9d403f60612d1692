package dev.frl.engine.contract;

import static dev.frl.engine.contract.Fixtures.tensor;
import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.engine.Architecture;
import dev.frl.engine.NamedTensors;
import dev.frl.engine.NamedTensors.Tensor;
import dev.frl.engine.Samples;
import dev.frl.engine.reference.ReferenceEngine;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What became of samples under attack. */
interface JudgeContract extends EngineUnderTest {
    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.AttackContract#netsAndAttacks")
    default void a_sample_that_is_wrong_without_attack_keeps_its_wrong_class(
            Architecture architecture, AttackSettings attack) {
        // Given
        var samples = Fixtures.samples(architecture, 60, 0.1, 3);

        // When
        try (var net = open(architecture, 4)) {
            var verdicts = net.judge(samples, attack);

            // Then
            var logits = net.logits(samples.images(), 60);
            for (int i = 0; i < 60; i++) {
                assertThat(verdicts.clean()[i]).isEqualTo(argmax(logits, i, architecture.classes()));
                if (verdicts.clean()[i] != samples.labels()[i]) {
                    assertThat(verdicts.attacked()[i]).isEqualTo(verdicts.clean()[i]);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.AttackContract#netsAndAttacks")
    default void without_a_radius_every_sample_stands(Architecture architecture, AttackSettings attack) {
        // Given
        var samples = Fixtures.samples(architecture, 60, 0, 3);

        // When
        try (var net = open(architecture, 4)) {
            var verdicts = net.judge(samples, attack);

            // Then
            assertThat(verdicts.attacked()).isEqualTo(verdicts.clean());
        }
    }

    /**
     * Class 1 scores 10 relu(x − 0.4) − 20 relu(x − 0.5) − 0.5, class 0 scores 0: class 1 wins between 0.45 and 0.55. From
     * 0.41 the first step goes to 0.51, the second back to 0.41.
     */
    @Test
    default void a_fall_on_the_way_counts_though_the_last_iterate_is_right_again() {
        // Given
        var tensors = new LinkedHashMap<String, Tensor>();
        tensors.put("1.weight", tensor(List.of(2, 1), 1, 1));
        tensors.put("1.bias", tensor(List.of(2), -0.4, -0.5));
        tensors.put("3.weight", tensor(List.of(2, 2), 0, 0, 10, -20));
        tensors.put("3.bias", tensor(List.of(2), 0, -0.5));
        var sample = new Samples(new float[] {0.41f}, new int[] {0}, new float[] {0.2f}, new long[] {1});
        var attack = new AttackSettings(Method.PGD, Loss.CROSS_ENTROPY, 0.2, 0.1, 2, Start.CLEAN);

        // When
        try (var net = open(Fixtures.onePixel(), NamedTensors.of(tensors), 1)) {
            var verdicts = net.judge(sample, attack);

            // Then
            assertThat(argmax(net.logits(net.attack(sample, attack), 1), 0, 2)).isEqualTo(0);
            assertThat(verdicts.clean()).containsExactly(0);
            assertThat(verdicts.attacked()).containsExactly(1);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.AttackContract#netsAndAttacks")
    default void verdicts_are_those_of_the_reference_engine(Architecture architecture, AttackSettings attack) {
        // Given: labels are the predictions, so that there is something to attack
        var state = Fixtures.state(architecture, 4);
        var drawn = Fixtures.samples(architecture, 80, 0.1, 5);
        try (var net = open(architecture, state, 1);
                var reference = new ReferenceEngine().open(architecture, state, 1)) {
            var logits = reference.logits(drawn.images(), 80);
            var labels = new int[80];
            Arrays.setAll(labels, i -> i % 8 == 0 ? 0 : argmax(logits, i, architecture.classes()));
            var samples = new Samples(drawn.images(), labels, drawn.radius(), drawn.seeds());

            // When
            var verdicts = net.judge(samples, attack);

            // Then
            var expected = reference.judge(samples, attack);
            assertThat(verdicts.clean()).isEqualTo(expected.clean());
            int same = 0;
            for (int i = 0; i < 80; i++) {
                same += verdicts.attacked()[i] == expected.attacked()[i] ? 1 : 0;
            }
            assertThat(same).isGreaterThanOrEqualTo(78);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.AttackContract#netsAndAttacks")
    default void verdicts_do_not_depend_on_threads_or_batches(Architecture architecture, AttackSettings attack) {
        // Given
        var state = Fixtures.state(architecture, 4);
        var samples = Fixtures.samples(architecture, 203, 0.1, 5);

        // When
        try (var one = open(architecture, state, 1);
                var two = open(architecture, state, 2)) {
            var whole = one.judge(samples, attack);

            // Then
            assertThat(two.judge(samples, attack).attacked()).isEqualTo(whole.attacked());
            for (int from = 0; from < 203; from += 29) {
                int to = Math.min(203, from + 29);
                assertThat(two.judge(Fixtures.slice(samples, from, to), attack).attacked())
                        .isEqualTo(Arrays.copyOfRange(whole.attacked(), from, to));
            }
        }
    }

    private static int argmax(float[] logits, int sample, int classes) {
        int best = 0;
        for (int j = 1; j < classes; j++) {
            best = logits[sample * classes + j] > logits[sample * classes + best] ? j : best;
        }
        return best;
    }
}
