package dev.frl.attacker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.checkpoint.Checkpoint;
import dev.frl.checkpoint.CheckpointStore;
import dev.frl.checkpoint.Provenance;
import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.errors.Tally;
import dev.frl.core.settings.Part;
import dev.frl.core.settings.RunSettings;
import dev.frl.data.CatalogueEntry;
import dev.frl.data.Dataset;
import dev.frl.data.ImageSet;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.StateMismatchException;
import dev.frl.engine.reference.ChangedEngine;
import dev.frl.engine.reference.ReferenceEngine;
import dev.frl.spec.Admission;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.worker.ImageCount;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardAttackTest {
    private static final RunSettings SETTINGS = settings("test: 12");

    @TempDir
    Path root;

    private CheckpointStore store;
    private CheckpointRef weights;

    @BeforeEach
    void write() {
        store = new CheckpointStore(root, List.of());
        weights = written("run", Architectures.named("cnn-small", 1, 8, 8, 3).initialState(5));
    }

    private CheckpointRef written(String run, NamedTensors model) {
        var provenance = new Provenance("cnn-small", List.of(1, 8, 8), 3, "ab".repeat(32), "reference", Instant.EPOCH);
        var stored = store.write(run, 0, new Checkpoint(provenance, model, NamedTensors.empty(), Optional.empty()));
        return stored.model();
    }

    @Test
    void counts_add_up_to_the_same_however_the_data_was_cut() {
        // Given
        try (var attack = new ShardAttack(new ReferenceEngine(), store, 1)) {

            // When
            var whole = attack(attack, 3, 1);
            var parts = attack(attack, 3, 4);

            // Then
            assertThat(parts).isEqualTo(whole);
            assertThat(whole.seen()).isEqualTo(18);
        }
    }

    /** A shard of one image is a batch of one, and lacks every class but one. */
    @Test
    void a_class_that_is_missing_from_a_shard_is_counted_as_not_seen_there() {
        // Given
        try (var attack = new ShardAttack(new ReferenceEngine(), store, 1)) {

            // When
            var shard = attack.attack(
                    SETTINGS, dataset(), weights, Part.VALIDATION, 3, 0, 18, () -> false, ImageCount.NONE);

            // Then
            assertThat(IntStream.range(0, 3).mapToLong(shard::seen)).containsExactlyInAnyOrder(0L, 0L, 1L);
            assertThat(attack(attack, 3, 18)).isEqualTo(attack(attack, 3, 1));
        }
    }

    @Test
    void without_a_radius_the_robust_error_is_the_standard_error() {
        // Given
        var settings = settings("test: 12", "validation: {epsilon: 0}");
        try (var attack = new ShardAttack(new ReferenceEngine(), store, 1)) {

            // When
            var tally =
                    attack.attack(settings, dataset(), weights, Part.VALIDATION, 3, 0, 1, () -> false, ImageCount.NONE);

            // Then
            assertThat(IntStream.range(0, 3).mapToLong(tally::wrongRobust).toArray())
                    .isEqualTo(
                            IntStream.range(0, 3).mapToLong(tally::wrongClean).toArray());
        }
    }

    /** Weights may be finite and their net's logits not. */
    @Test
    void a_net_whose_answers_are_not_finite_is_an_error_that_names_the_layer() {
        // Given
        var model = Architectures.named("cnn-small", 1, 8, 8, 3).initialState(5);
        var huge = new float[300];
        Arrays.fill(huge, Float.MAX_VALUE);
        var tensors = new LinkedHashMap<>(model.asMap());
        tensors.put("5.bias", new Floats(List.of(100), Arrays.copyOf(huge, 100)));
        tensors.put("7.weight", new Floats(List.of(3, 100), huge));
        weights = written("overflowing", NamedTensors.of(tensors));
        var engine = new ChangedEngine((net, method, arguments) -> {
            if (method.equals("evaluate")) {
                throw new NotFiniteException(
                        "logits"); // the reference engine computes in double, and finds no overflow
            }
            return null;
        });
        try (var attack = new ShardAttack(engine, store, 1)) {

            // Then
            assertThatThrownBy(() -> attack.attack(
                            SETTINGS, dataset(), weights, Part.TEST, 1, 0, 1, () -> false, ImageCount.NONE))
                    .isInstanceOf(NotFiniteException.class)
                    .hasMessage("the net cannot be evaluated: logits is not finite, first in the output of layer 7."
                            + " Its training has diverged");
        }
    }

    @Test
    void weights_that_are_not_finite_or_of_another_net_are_refused_with_every_misfit() {
        // Given
        var model = Architectures.named("cnn-small", 1, 8, 8, 3).initialState(5);
        var tensors = new LinkedHashMap<>(model.asMap());
        tensors.remove("0.bias");
        tensors.put("odd", new Floats(List.of(1), new float[1]));
        tensors.put("7.bias", new Floats(List.of(3), new float[] {0, Float.NaN, 0}));
        weights = written("foreign", NamedTensors.of(tensors));
        try (var attack = new ShardAttack(new ReferenceEngine(), store, 1)) {

            // Then
            assertThatThrownBy(() -> attack.attack(
                            SETTINGS, dataset(), weights, Part.TEST, 1, 0, 1, () -> false, ImageCount.NONE))
                    .isInstanceOf(StateMismatchException.class)
                    .hasMessageContainingAll(
                            "tensor 0.bias of shape [16] is missing",
                            "tensor odd is not part of cnn-small",
                            "tensor 7.bias holds NaN at position 1");
        }
    }

    @Test
    void any_attacker_counts_the_same_for_the_same_shard() {
        // Given
        try (var one = new ShardAttack(new ReferenceEngine(), store, 1);
                var other = new ShardAttack(new ReferenceEngine(), store, 2)) {

            // When
            var first = one.attack(SETTINGS, dataset(), weights, Part.TEST, 2, 1, 2, () -> false, ImageCount.NONE);
            var second = other.attack(SETTINGS, dataset(), weights, Part.TEST, 2, 1, 2, () -> false, ImageCount.NONE);

            // Then
            assertThat(first).isEqualTo(second).isNotNull();
        }
    }

    /** What it keeps from the shard before must not outlive a change of run. */
    @Test
    void an_attacker_that_goes_on_to_another_split_counts_as_a_fresh_one() {
        // Given
        var otherSplit = settings("test: 12, seed: 99");
        try (var seasoned = new ShardAttack(new ReferenceEngine(), store, 1);
                var fresh = new ShardAttack(new ReferenceEngine(), store, 1)) {
            var before = seasoned.attack(
                    SETTINGS, dataset(), weights, Part.VALIDATION, 1, 0, 1, () -> false, ImageCount.NONE);

            // When
            var after = seasoned.attack(
                    otherSplit, dataset(), weights, Part.VALIDATION, 1, 0, 1, () -> false, ImageCount.NONE);

            // Then
            assertThat(after)
                    .isEqualTo(fresh.attack(
                            otherSplit, dataset(), weights, Part.VALIDATION, 1, 0, 1, () -> false, ImageCount.NONE))
                    .isNotEqualTo(before);
        }
    }

    @Test
    void a_shard_that_is_no_longer_wanted_is_given_up() {
        // Given
        try (var attack = new ShardAttack(new ReferenceEngine(), store, 1)) {

            // When
            var tally =
                    attack.attack(SETTINGS, dataset(), weights, Part.VALIDATION, 1, 0, 2, () -> true, ImageCount.NONE);

            // Then
            assertThat(tally).isNull();
        }
    }

    @Test
    void each_part_is_evaluated_with_its_own_restarts() {
        // Given
        var settings = settings("test: 12", "validation: {restarts: 3}, test: {restarts: 5}");
        var asked = new ArrayList<Integer>();
        var engine = new ChangedEngine((net, method, arguments) -> {
            if (method.equals("evaluate") && arguments != null) {
                asked.add((Integer) arguments[2]);
            }
            return null;
        });
        try (var attack = new ShardAttack(engine, store, 1)) {

            // When
            attack.attack(settings, dataset(), weights, Part.VALIDATION, 1, 0, 1, () -> false, ImageCount.NONE);
            attack.attack(settings, dataset(), weights, Part.TEST, 1, 0, 1, () -> false, ImageCount.NONE);

            // Then
            assertThat(asked).containsExactly(3, 5);
        }
    }

    private Tally attack(ShardAttack attack, int epoch, int shards) {
        return IntStream.range(0, shards)
                .mapToObj(shard -> attack.attack(
                        SETTINGS,
                        dataset(),
                        weights,
                        Part.VALIDATION,
                        epoch,
                        shard,
                        shards,
                        () -> false,
                        ImageCount.NONE))
                .reduce(Tally::plus)
                .orElseThrow();
    }

    private static RunSettings settings(String test) {
        return settings(test, "validation: {}");
    }

    private static RunSettings settings(String test, String evaluation) {
        var spec = """
                apiVersion: frl.dev/v1alpha1
                kind: Experiment
                metadata: {name: small}
                spec:
                  dataset: {name: fashion-mnist, split: {train: 30, validation: 18, %s}}
                  model: {arch: cnn-small}
                  training: {batchSize: 10}
                  attack: {training: {epsilon: 0.1}, %s}
                """;
        var admission = new SpecReader(new StandardCatalogue())
                .read(String.format(Locale.ROOT, spec, test, evaluation).getBytes(StandardCharsets.UTF_8));
        return ((Admission.Admitted) admission).plan().runs().get(0).settings();
    }

    private static Dataset dataset() {
        var entry = new CatalogueEntry(
                "small",
                List.of("a", "b", "c"),
                1,
                8,
                8,
                60,
                20,
                12,
                List.of(),
                List.of(),
                (e, folder) -> {
                    throw new IllegalStateException("read from nowhere");
                },
                List.of());
        return new Dataset(entry, images(60, 1), images(12, 2));
    }

    private static ImageSet images(int count, long seed) {
        var random = new SplittableRandom(seed);
        var pixels = new byte[count * 64];
        random.nextBytes(pixels);
        var labels = new byte[count];
        for (int i = 0; i < count; i++) {
            labels[i] = (byte) (i % 3);
        }
        return new ImageSet(1, 8, 8, 3, pixels, labels);
    }
}
