package dev.frl.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.engine.Predictions;
import dev.frl.engine.RobustNet;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.reference.ReferenceEngine;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Predictions without and under attack. */
interface EvaluateContract extends EngineUnderTest {
    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.AttackContract#netsAndAttacks")
    default void a_sample_that_is_wrong_without_attack_keeps_its_wrong_class(
            Architecture architecture, AttackSettings attack) {
        // Given
        var samples = Fixtures.samples(architecture, 60, 0.1, 3);

        // When
        try (var net = open(architecture, 4)) {
            var predictions = net.evaluate(samples, attack);

            // Then
            var logits = net.logits(samples.images(), 60);
            for (int i = 0; i < 60; i++) {
                assertThat(predictions.clean()[i]).isEqualTo(argmax(logits, i, architecture.classes()));
                if (predictions.clean()[i] != samples.labels()[i]) {
                    assertThat(predictions.attacked()[i]).isEqualTo(predictions.clean()[i]);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.AttackContract#netsAndAttacks")
    default void without_a_radius_every_sample_keeps_its_class(Architecture architecture, AttackSettings attack) {
        // Given
        var samples = Fixtures.samples(architecture, 60, 0, 3);

        // When
        try (var net = open(architecture, 4)) {
            var predictions = net.evaluate(samples, attack);

            // Then
            assertThat(predictions.attacked()).isEqualTo(predictions.clean());
        }
    }

    /** Class 1 wins between 0.45 and 0.55. From 0.41 the first step leads to 0.51, the second back to 0.41. */
    @Test
    default void a_misclassified_iterate_counts_although_the_last_iterate_is_correct_again() {
        // Given
        var sample = new Samples(new float[] {0.41f}, new int[] {0}, new float[] {0.2f}, new long[] {1});
        var attack = new AttackSettings(Method.PGD, Loss.CROSS_ENTROPY, 0.2, 0.1, 2, Start.CLEAN);

        // When
        try (var net = Fixtures.hat(this)) {
            var predictions = net.evaluate(sample, attack);

            // Then
            assertThat(argmax(net.logits(net.attack(sample, attack), 1), 0, 2)).isEqualTo(0);
            assertThat(predictions.clean()).containsExactly(0);
            assertThat(predictions.attacked()).containsExactly(1);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.AttackContract#netsAndAttacks")
    default void predictions_are_those_of_the_reference_engine(Architecture architecture, AttackSettings attack) {
        // Given: labels are the predictions, so that there is something to attack
        var state = Fixtures.state(architecture, 4);
        var drawn = Fixtures.samples(architecture, 80, attack, 5);
        try (var net = open(architecture, state, 1);
                var reference = new ReferenceEngine().open(architecture, state, 1)) {
            var logits = reference.logits(drawn.images(), 80);
            var labels = new int[80];
            Arrays.setAll(labels, i -> i % 8 == 0 ? 0 : argmax(logits, i, architecture.classes()));
            var samples = new Samples(drawn.images(), labels, drawn.radius(), drawn.seeds());

            // When
            var predictions = net.evaluate(samples, attack);

            // Then
            var expected = reference.evaluate(samples, attack);
            assertThat(predictions.clean()).isEqualTo(expected.clean());
            int same = 0;
            for (int i = 0; i < 80; i++) {
                same += predictions.attacked()[i] == expected.attacked()[i] ? 1 : 0;
            }
            assertThat(same).isGreaterThanOrEqualTo(78);
        }
    }

    /** After training, classes have different errors, and attacks have gradients to follow. */
    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.Fixtures#tiny")
    default void class_errors_of_a_trained_net_are_those_of_the_reference_engine_except_for_one_sample_in_a_thousand(
            Architecture architecture) {
        // Given: the labels of a linear net, which the net learns
        int count = 2000;
        var teacher = Architectures.named("linear", 1, 8, 8, architecture.classes());
        try (var taught = new ReferenceEngine().open(teacher, teacher.initialState(1), 1);
                var reference = new ReferenceEngine().open(architecture, Fixtures.state(architecture, 2), 1)) {
            for (int i = 0; i < 150; i++) {
                var even = new float[64];
                Arrays.fill(even, 1);
                var batch = new TrainBatch(labelled(taught, Fixtures.samples(architecture, 64, 0, i)), even, even);
                reference.trainStep(batch, Fixtures.step(TrainingMethod.NATURAL, Fixtures.PGD, 0.1));
            }
            var samples = labelled(taught, Fixtures.samples(architecture, count, 0.05, 1000));

            // When
            try (var net = open(architecture, reference.state(), 2)) {
                var predictions = net.evaluate(samples, Fixtures.PGD);

                // Then
                var expected = reference.evaluate(samples, Fixtures.PGD);
                assertThat(apart(predictions.clean(), expected.clean())).isLessThanOrEqualTo(count / 1000);
                assertThat(apart(predictions.attacked(), expected.attacked())).isLessThanOrEqualTo(count / 1000);
                assertThat(misclassified(expected, samples.labels())).isBetween(count / 20L, count * 19L / 20);
            }
        }
    }

    private static Samples labelled(RobustNet teacher, Samples samples) {
        var logits = teacher.logits(samples.images(), samples.count());
        var labels = new int[samples.count()];
        Arrays.setAll(labels, i -> argmax(logits, i, teacher.architecture().classes()));
        return new Samples(samples.images(), labels, samples.radius(), samples.seeds());
    }

    private static int apart(int[] a, int[] b) {
        return (int) IntStream.range(0, a.length).filter(i -> a[i] != b[i]).count();
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.AttackContract#netsAndAttacks")
    default void predictions_do_not_depend_on_threads_or_batches(Architecture architecture, AttackSettings attack) {
        // Given
        var state = Fixtures.state(architecture, 4);
        var samples = Fixtures.samples(architecture, 203, attack, 5);

        // When
        try (var one = open(architecture, state, 1);
                var two = open(architecture, state, 2)) {
            var whole = one.evaluate(samples, attack);

            // Then
            assertThat(two.evaluate(samples, attack).attacked()).isEqualTo(whole.attacked());
            for (int from = 0; from < 203; from += 29) {
                int to = Math.min(203, from + 29);
                assertThat(two.evaluate(Fixtures.slice(samples, from, to), attack)
                                .attacked())
                        .isEqualTo(Arrays.copyOfRange(whole.attacked(), from, to));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.AttackContract#netsAndAttacks")
    default void one_restart_is_an_evaluation_without_restarts(Architecture architecture, AttackSettings attack) {
        // Given
        var samples = Fixtures.samples(architecture, 60, 0.1, 3);

        // When
        try (var net = open(architecture, 4)) {
            var once = net.evaluate(samples, attack, 1);

            // Then
            var plain = net.evaluate(samples, attack);
            assertThat(once.clean()).isEqualTo(plain.clean());
            assertThat(once.attacked()).isEqualTo(plain.attacked());
            assertThatThrownBy(() -> net.evaluate(samples, attack, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("got 0");
        }
    }

    /** Labels are the predictions, so all samples are correct without attack. */
    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.AttackContract#netsAndAttacks")
    default void a_sample_stays_correct_if_it_does_so_in_every_restart(
            Architecture architecture, AttackSettings attack) {
        // Given
        int restarts = 4;
        var drawn = Fixtures.samples(architecture, 60, attack, 5);
        try (var net = open(architecture, 4)) {
            var logits = net.logits(drawn.images(), 60);
            var labels = new int[60];
            Arrays.setAll(labels, i -> argmax(logits, i, architecture.classes()));
            var samples = new Samples(drawn.images(), labels, drawn.radius(), drawn.seeds());

            // When
            var predictions = net.evaluate(samples, attack, restarts);

            // Then
            var all = IntStream.range(0, 60).toArray();
            var expected = labels.clone();
            for (int restart = restarts - 1; restart >= 0; restart--) {
                var alone =
                        net.evaluate(samples.restarted(all, restart), attack).attacked();
                for (int i = 0; i < 60; i++) {
                    expected[i] = alone[i] == labels[i] ? expected[i] : alone[i];
                }
            }
            assertThat(predictions.clean()).isEqualTo(labels);
            assertThat(predictions.attacked()).isEqualTo(expected);
        }
    }

    /** The attack only draws a uniform start. Its success is random, so more restarts find more errors. */
    @Test
    default void restarts_never_lower_the_error() {
        // Given
        var architecture = Fixtures.plain();
        int count = 300;
        var drawn = Fixtures.samples(architecture, count, 0.3, 5);
        try (var net = open(architecture, 4)) {
            var logits = net.logits(drawn.images(), count);
            var labels = new int[count];
            Arrays.setAll(labels, i -> argmax(logits, i, architecture.classes()));
            var samples = new Samples(drawn.images(), labels, drawn.radius(), drawn.seeds());

            // When
            var misclassified = new long[4];
            Arrays.setAll(
                    misclassified, r -> misclassified(net.evaluate(samples, Fixtures.START_ONLY, r * 3 + 1), labels));

            // Then
            assertThat(misclassified).isSorted();
            assertThat(misclassified[0]).isPositive().isLessThan(misclassified[3]);
            assertThat(misclassified[3]).isLessThan(count);
        }
    }

    private static long misclassified(Predictions predictions, int[] labels) {
        return IntStream.range(0, labels.length)
                .filter(i -> predictions.attacked()[i] != labels[i])
                .count();
    }

    private static int argmax(float[] logits, int sample, int classes) {
        int best = 0;
        for (int j = 1; j < classes; j++) {
            best = logits[sample * classes + j] > logits[sample * classes + best] ? j : best;
        }
        return best;
    }
}
