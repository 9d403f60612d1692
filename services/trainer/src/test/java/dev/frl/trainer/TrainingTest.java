package dev.frl.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.checkpoint.CheckpointException;
import dev.frl.checkpoint.CheckpointStore;
import dev.frl.checkpoint.Safetensors;
import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.errors.PerClass;
import dev.frl.core.fairness.ClassTreatment;
import dev.frl.core.run.RunPlan;
import dev.frl.core.settings.AveragingSettings;
import dev.frl.core.settings.AveragingSettings.Evaluated;
import dev.frl.core.settings.AveragingSettings.Every;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.RobustNet;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Tensor;
import dev.frl.engine.net.StateMismatchException;
import dev.frl.engine.reference.ChangedEngine;
import dev.frl.engine.reference.ReferenceEngine;
import dev.frl.worker.ImageCount;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainingTest {
    private static final ClassTreatment EQUAL = ClassTreatment.even(3);
    private static final AveragingSettings BY_EPOCH = new AveragingSettings(0.75, Every.EPOCH, Evaluated.RAW);

    @TempDir
    Path root;

    private CheckpointStore store;

    @BeforeEach
    void openStore() {
        store = new CheckpointStore(root, List.of());
    }

    @Test
    void a_run_that_is_taken_up_from_its_checkpoint_gives_the_same_weights() {
        // Given
        try (var undisturbed = open(Tiny.plan("undisturbed", 3, BY_EPOCH), null)) {
            train(undisturbed, 3);
        }
        try (var first = open(Tiny.plan("interrupted", 3, BY_EPOCH), null)) {
            train(first, 1);
        }

        // When
        try (var second = open(Tiny.plan("interrupted", 3, BY_EPOCH), null)) {
            assertThat(second.last().number()).isEqualTo(1);
            train(second, 2);
        }

        // Then
        assertThat(store.read("interrupted", 3).model())
                .isEqualTo(store.read("undisturbed", 3).model());
        assertThat(store.read("interrupted", 3).optimizer())
                .isEqualTo(store.read("undisturbed", 3).optimizer());
        assertThat(store.read("interrupted", 3).averaged())
                .isEqualTo(store.read("undisturbed", 3).averaged());
    }

    /** What happens to files. */
    private enum Damage {
        BIT_FLIPPED("model.safetensors") {
            @Override
            void of(Path file) throws IOException {
                byte[] bytes = Files.readAllBytes(file);
                bytes[bytes.length - 7] ^= 4;
                Files.write(file, bytes);
            }
        },
        OPTIMIZER_BIT_FLIPPED("optimizer.safetensors") {
            @Override
            void of(Path file) throws IOException {
                BIT_FLIPPED.of(file);
            }
        },
        TRUNCATED("model.safetensors") {
            @Override
            void of(Path file) throws IOException {
                Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 100));
            }
        },
        EMPTY_HEADER("averaged.safetensors") {
            @Override
            void of(Path file) throws IOException {
                Files.write(file, new byte[(int) Files.size(file)]);
            }
        },
        MANIFEST_MISSING("checkpoint.json") {
            @Override
            void of(Path file) throws IOException {
                Files.delete(file);
            }
        },
        MANIFEST_NONE("checkpoint.json") {
            @Override
            void of(Path file) throws IOException {
                Files.writeString(file, "null");
            }
        },
        OTHER_CHECKSUM("checkpoint.json") {
            @Override
            void of(Path file) throws IOException {
                var json = Files.readString(file);
                int at = json.indexOf("\"sha256\" : \"") + 13;
                var digit = json.charAt(at) == '0' ? "1" : "0";
                Files.writeString(file, json.substring(0, at) + digit + json.substring(at + 1));
            }
        },
        SWAPPED("model.safetensors") {
            @Override
            void of(Path file) throws IOException {
                var before = file.resolveSibling("../epoch-0001/model.safetensors");
                Files.copy(before, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
        };

        private final String file;

        Damage(String file) {
            this.file = file;
        }

        abstract void of(Path file) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void damaged_checkpoints_are_passed_over_and_trained_again_with_the_same_weights(Damage damage) throws Exception {
        // Given
        try (var undisturbed = open(Tiny.plan("undisturbed", 3, BY_EPOCH), null)) {
            train(undisturbed, 3);
        }
        try (var first = open(Tiny.plan("damaged", 3, BY_EPOCH), null)) {
            train(first, 3);
        }
        damage.of(root.resolve("damaged/epoch-0002").resolve(damage.file));
        damage.of(root.resolve("damaged/epoch-0003").resolve(damage.file));

        // When
        try (var second = open(Tiny.plan("damaged", 3, BY_EPOCH), null)) {
            assertThat(second.last().number()).isEqualTo(1);
            train(second, 2);
        }

        // Then
        for (int epoch = 1; epoch <= 3; epoch++) {
            var expected = store.read("undisturbed", epoch);
            var found = store.read("damaged", epoch);
            assertThat(found.model()).isEqualTo(expected.model());
            assertThat(found.optimizer()).isEqualTo(expected.optimizer());
            assertThat(found.averaged()).isEqualTo(expected.averaged());
        }
    }

    @Test
    void an_epoch_that_is_given_up_leaves_no_trace() {
        // Given
        try (var training = open(Tiny.plan("run", 2, null), null)) {
            train(training, 1);

            // When
            var epoch = training.train(EQUAL, () -> true, ImageCount.NONE);

            // Then
            assertThat(epoch).isEmpty();
            assertThat(training.last().number()).isEqualTo(1);
            assertThat(store.latest("run").orElseThrow().epoch()).isEqualTo(1);
        }
    }

    @Test
    void progress_is_told_after_each_batch_up_to_all_images() {
        // Given
        var told = new ArrayList<List<Integer>>();
        var plan = Tiny.plan("run", 1, null);
        int batch = plan.settings().training().batchSize();
        try (var training = open(plan, null)) {

            // When
            training.train(EQUAL, () -> false, (done, of) -> told.add(List.of(done, of)));

            // Then
            int images = told.get(0).get(1);
            assertThat(told).hasSizeGreaterThan(1).hasSize((images + batch - 1) / batch);
            assertThat(told).first().isEqualTo(List.of(batch, images));
            assertThat(told).last().isEqualTo(List.of(images, images));
        }
    }

    @Test
    void the_average_begins_with_the_first_epoch_and_moves_by_the_decay() {
        // Given
        try (var training = open(Tiny.plan("run", 2, BY_EPOCH), null)) {
            train(training, 2);
        }

        // When
        var first = values(store.read("run", 1).model());
        var second = values(store.read("run", 2).model());
        var average = values(store.read("run", 2).averaged().orElseThrow());

        // Then
        assertThat(store.read("run", 1).averaged())
                .contains(store.read("run", 1).model());
        for (int i = 0; i < first.length; i++) {
            assertThat(average[i]).isEqualTo((float) (0.75 * first[i] + 0.25 * second[i]));
        }
        assertThat(first).isNotEqualTo(second);
    }

    @Test
    void averaging_by_step_differs_from_averaging_by_epoch_and_neither_touches_the_weights() {
        // Given
        var byStep = new AveragingSettings(0.75, Every.STEP, Evaluated.RAW);
        try (var epochs = open(Tiny.plan("epochs", 1, BY_EPOCH), null);
                var steps = open(Tiny.plan("steps", 1, byStep), null)) {

            // When
            train(epochs, 1);
            train(steps, 1);
        }

        // Then
        assertThat(store.read("steps", 1).model())
                .isEqualTo(store.read("epochs", 1).model());
        assertThat(store.read("steps", 1).averaged())
                .isNotEqualTo(store.read("epochs", 1).averaged());
    }

    @Test
    void class_weights_and_margins_change_what_is_learnt() {
        // Given
        var weighted = EQUAL.withWeights(PerClass.of(.6, .2, .2), PerClass.of(.2, .2, .6));
        var margins = EQUAL.withMargins(PerClass.of(1, 2, 1));

        // When
        var plain = after("plain", EQUAL);
        var reweighted = after("weighted", weighted);
        var remargined = after("margins", margins);

        // Then
        assertThat(reweighted).isNotEqualTo(plain);
        assertThat(remargined).isNotEqualTo(plain).isNotEqualTo(reweighted);
    }

    @Test
    void a_warm_start_is_epoch_0_to_the_bit_and_an_altered_one_is_refused() {
        // Given
        CheckpointRef weights;
        try (var warm = open(Tiny.plan("warm", 1, null), null)) {
            train(warm, 1);
            weights = warm.last().weights();
        }

        // When
        try (var run = open(Tiny.plan("run", 1, null), weights)) {

            // Then
            assertThat(run.last().weights().sha256()).isEqualTo(weights.sha256());
        }
        assertThat(store.loadModel(URI.create(weights.location()), weights.sha256()))
                .isEqualTo(store.read("run", 0).model());
        var altered = new CheckpointRef(weights.location(), "00".repeat(32));
        assertThatThrownBy(() -> open(Tiny.plan("other", 1, null), altered)).isInstanceOf(CheckpointException.class);
    }

    @Test
    void a_training_that_diverges_says_where_and_keeps_the_last_good_checkpoint() throws Exception {
        // Given: weights whose net overflows; the second epoch's second step finds out
        var tensors = new LinkedHashMap<>(
                Architectures.named("cnn-small", 1, 8, 8, 3).initialState(1).asMap());
        tensors.put("5.bias", filled(List.of(100), 1e30f));
        tensors.put("7.weight", filled(List.of(3, 100), 1e30f));
        var plan = Tiny.beginningFrom("run", written(tensors));
        var steps = new AtomicInteger();
        var engine = new ChangedEngine((net, method, arguments) -> {
            if (!method.equals("trainStep")) {
                return null;
            }
            if (steps.incrementAndGet() == 5) {
                throw new NotFiniteException("loss");
            }
            return 1.0;
        });
        try (var training = Training.open(plan, null, Tiny.dataset(), engine, store, 1, Clock.systemUTC())) {
            train(training, 1);

            // Then
            assertThatThrownBy(() -> train(training, 1))
                    .isInstanceOf(NotFiniteException.class)
                    .hasMessage(
                            "training diverged in epoch 2, step 2 of 3: loss is not finite, first in the output of layer 7;"
                                    + " the learning rate of 0.01 may be too high. Epoch 1 is the last good checkpoint: "
                                    + store.find("run", 1).orElseThrow().location());
        }
        assertThat(store.latest("run").orElseThrow().epoch()).isEqualTo(1);
        try (var again = open(plan, null)) {
            assertThat(again.last().number()).isEqualTo(1);
        }
    }

    @Test
    void a_run_whose_later_epochs_the_controller_has_lost_is_trained_again_with_the_same_checkpoints() {
        // Given
        var plan = Tiny.plan("run", 3, null);
        try (var training = open(plan, null)) {
            train(training, 3);
        }
        var before = store.find("run", 3).orElseThrow().model();

        // When
        try (var again =
                Training.open(plan, null, 0, Tiny.dataset(), new ReferenceEngine(), store, 1, Clock.systemUTC())) {
            assertThat(again.last().number()).isZero();
            train(again, 3);

            // Then
            assertThat(again.last().number()).isEqualTo(3);
        }
        assertThat(store.find("run", 3).orElseThrow().model()).isEqualTo(before);
    }

    /** Nobody has computed with them yet, so no loss has told. */
    @Test
    void weights_that_the_last_step_of_an_epoch_spoils_do_not_become_a_checkpoint() {
        // Given
        try (var training = Training.open(
                Tiny.plan("run", 1, null),
                null,
                Tiny.dataset(),
                new ChangedEngine(TrainingTest::spoilt),
                store,
                1,
                Clock.systemUTC())) {

            // Then
            assertThatThrownBy(() -> training.train(EQUAL, () -> false, ImageCount.NONE))
                    .isInstanceOf(NotFiniteException.class)
                    .hasMessageStartingWith(
                            "training diverged in epoch 1, after its last step: 5.weight is not finite;");
        }
        assertThat(store.latest("run").orElseThrow().epoch()).isZero();
    }

    @Test
    void weights_of_a_user_that_do_not_fit_or_are_not_finite_are_refused_with_every_misfit() throws Exception {
        // Given
        var tensors = new LinkedHashMap<>(
                Architectures.named("cnn-small", 1, 8, 8, 3).initialState(1).asMap());
        tensors.remove("0.bias");
        tensors.put("fc.weight", new Floats(List.of(1), new float[1]));
        tensors.put("7.bias", new Floats(List.of(3), new float[] {0, Float.POSITIVE_INFINITY, 0}));
        var plan = Tiny.beginningFrom("run", written(tensors));

        // Then
        assertThatThrownBy(() -> open(plan, null))
                .isInstanceOf(StateMismatchException.class)
                .hasMessageContainingAll(
                        "tensor 0.bias of shape [16] is missing",
                        "tensor fc.weight is not part of cnn-small",
                        "tensor 7.bias holds Infinity at position 1");
        assertThat(store.latest("run")).isEmpty();
    }

    private static Floats filled(List<Integer> shape, float value) {
        var values = new float[shape.stream().reduce(1, Math::multiplyExact)];
        Arrays.fill(values, value);
        return new Floats(shape, values);
    }

    /** @return its URI */
    private String written(Map<String, Tensor> tensors) throws IOException {
        var file = root.resolve("mine.safetensors");
        try (var out = Files.newOutputStream(file)) {
            Safetensors.write(NamedTensors.of(tensors), Map.of(), out);
        }
        return file.toUri().toString().replace("///", "/");
    }

    private static @Nullable Object spoilt(RobustNet net, String method, Object @Nullable [] arguments) {
        if (!method.equals("state")) {
            return null;
        }
        var tensors = new LinkedHashMap<>(net.state().asMap());
        tensors.put("5.weight", filled(tensors.get("5.weight").shape(), Float.NaN));
        return NamedTensors.of(tensors);
    }

    private NamedTensors after(String run, ClassTreatment treatment) {
        try (var training = open(Tiny.plan(run, 1, null), null)) {
            training.train(treatment, () -> false, ImageCount.NONE);
        }
        return store.read(run, 1).model();
    }

    private Training open(RunPlan plan, @Nullable CheckpointRef warmStart) {
        return Training.open(plan, warmStart, Tiny.dataset(), new ReferenceEngine(), store, 1, Clock.systemUTC());
    }

    private static void train(Training training, int epochs) {
        for (int i = 0; i < epochs; i++) {
            assertThat(training.train(EQUAL, () -> false, ImageCount.NONE)).isPresent();
        }
    }

    private static float[] values(NamedTensors tensors) {
        return ((Floats) tensors.get("7.weight")).values();
    }
}
