package dev.frl.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.settings.AttackSettings;
import dev.frl.engine.Predictions;
import dev.frl.engine.RobustNet;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Attacks that an evaluation with restarts runs. */
class RestartsTest {
    /** Images of one pixel, different for each sample. */
    private static final Samples SAMPLES =
            new Samples(new float[] {0.1f, 0.2f, 0.3f}, new int[] {7, 7, 7}, new float[3], new long[] {11, 12, 13});

    @Test
    void a_misclassified_sample_is_not_attacked_again_and_keeps_its_class() {
        // Given
        var net = new FakeNet(Map.of(0.1f, 2, 0.2f, 1));

        // When
        var predictions = net.evaluate(SAMPLES, Fixtures.PGD, 4);

        // Then
        assertThat(net.evaluated)
                .containsExactly(List.of(0.1f, 0.2f, 0.3f), List.of(0.1f, 0.3f), List.of(0.3f), List.of(0.3f));
        assertThat(predictions.clean()).containsExactly(7, 7, 7);
        assertThat(predictions.attacked()).containsExactly(2, 1, 7);
    }

    @Test
    void no_attack_runs_after_all_samples_are_misclassified() {
        // Given
        var net = new FakeNet(Map.of(0.1f, 2, 0.2f, 1, 0.3f, 1));

        // When
        net.evaluate(SAMPLES, Fixtures.PGD, 100);

        // Then
        assertThat(net.evaluated).hasSize(2);
    }

    @Test
    void an_attack_without_randomness_runs_once() {
        // Given
        var net = new FakeNet(Map.of());

        // When
        net.evaluate(SAMPLES, Fixtures.FGSM, 3);
        net.evaluate(SAMPLES, Fixtures.BIM, 3);

        // Then
        assertThat(net.evaluated).hasSize(2);
    }

    @Test
    void every_restart_of_every_sample_has_its_own_seed_and_restart_0_has_that_of_the_sample() {
        // Given
        var net = new FakeNet(Map.of());

        // When
        net.evaluate(SAMPLES, Fixtures.PGD, 50);

        // Then
        assertThat(net.seeds).startsWith(11L, 12L, 13L).hasSize(150).doesNotHaveDuplicates();
    }

    /** Misclassifies a sample in its n-th attack, as class n. */
    private static final class FakeNet implements RobustNet {
        final List<List<Float>> evaluated = new ArrayList<>();
        final List<Long> seeds = new ArrayList<>();
        private final Map<Float, Integer> successfulAttack;

        FakeNet(Map<Float, Integer> successfulAttack) {
            this.successfulAttack = successfulAttack;
        }

        @Override
        public Predictions evaluate(Samples samples, AttackSettings attack) {
            evaluated.add(floats(samples.images()));
            seeds.addAll(LongStream.of(samples.seeds()).boxed().toList());
            var attacked = samples.labels().clone();
            Arrays.setAll(
                    attacked,
                    i -> successfulAttack.getOrDefault(samples.images()[i], 0) == evaluated.size()
                            ? evaluated.size()
                            : 7);
            return new Predictions(samples.labels().clone(), attacked);
        }

        private static List<Float> floats(float[] values) {
            return IntStream.range(0, values.length).mapToObj(i -> values[i]).toList();
        }

        @Override
        public Architecture architecture() {
            throw new UnsupportedOperationException();
        }

        @Override
        public NamedTensors state() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void load(NamedTensors state) {
            throw new UnsupportedOperationException();
        }

        @Override
        public NamedTensors optimizerState() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void loadOptimizer(NamedTensors optimizerState) {
            throw new UnsupportedOperationException();
        }

        @Override
        public float[] logits(float[] images, int count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public float[] attack(Samples samples, AttackSettings attack) {
            throw new UnsupportedOperationException();
        }

        @Override
        public double trainStep(TrainBatch batch, TrainStep step) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }
}
