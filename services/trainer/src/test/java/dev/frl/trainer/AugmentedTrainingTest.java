package dev.frl.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.checkpoint.CheckpointStore;
import dev.frl.core.Seeds;
import dev.frl.core.Seeds.Purpose;
import dev.frl.core.fairness.ClassTreatment;
import dev.frl.core.run.RunPlan;
import dev.frl.core.settings.AugmentationSettings;
import dev.frl.data.Augmentation;
import dev.frl.engine.Engine;
import dev.frl.engine.RobustNet;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.reference.ReferenceEngine;
import dev.frl.worker.ImageCount;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the net gets to see when images are varied. */
class AugmentedTrainingTest {
    private static final AugmentationSettings VARIED = new AugmentationSettings(2, true);

    @TempDir
    Path root;

    private CheckpointStore store;

    @BeforeEach
    void openStore() {
        store = new CheckpointStore(root, List.of());
    }

    @Test
    void images_are_varied_by_seeds_of_their_own_before_they_are_attacked() {
        // Given
        var plain = seen(plan("plain", 40, AugmentationSettings.NONE), 1).get(0);

        // When
        var varied = seen(plan("varied", 40, VARIED), 1).get(0);

        // Then: the images of the epoch in the same order, each varied by run seed, epoch and number.
        var indices = indicesOf(plain);
        var expected = plain.samples().images().clone();
        long[] seeds = new long[indices.length];
        for (int i = 0; i < seeds.length; i++) {
            seeds[i] = Seeds.derive(1, Purpose.AUGMENTATION, 1, 1, indices[i]);
        }
        new Augmentation(VARIED, 1, 8, 8).apply(expected, seeds);
        assertThat(varied.samples().images())
                .isEqualTo(expected)
                .isNotEqualTo(plain.samples().images());
        assertThat(varied.samples().seeds()).isEqualTo(plain.samples().seeds());
    }

    private static int[] indicesOf(TrainBatch batch) {
        var images = Tiny.dataset().train();
        var indices = new int[batch.samples().count()];
        for (int n = 0; n < indices.length; n++) {
            var image = java.util.Arrays.copyOfRange(batch.samples().images(), n * 64, (n + 1) * 64);
            for (int i = 0; i < images.count(); i++) {
                if (java.util.Arrays.equals(images.gather(new int[] {i}), image)) {
                    indices[n] = i;
                }
            }
        }
        return indices;
    }

    @Test
    void an_epoch_shows_the_same_images_however_it_is_cut_into_batches_and_the_next_epoch_others() {
        // When
        var large = bytes(seen(plan("large", 16, VARIED), 1));
        var small = bytes(seen(plan("small", 7, VARIED), 1));
        var both = seen(plan("both", 40, VARIED), 2);

        // Then
        assertThat(small).isEqualTo(large).isEqualTo(bytes(both.subList(0, 1)));
        assertThat(sorted(both.get(1))).isNotEqualTo(sorted(both.get(0)));
    }

    @Test
    void a_run_that_is_taken_up_again_sees_what_it_would_have_seen() {
        // Given
        var undisturbed = seen(plan("undisturbed", 16, VARIED), 2);
        seen(plan("interrupted", 16, VARIED), 1);

        // When
        var resumed = seen(plan("interrupted", 16, VARIED), 1);

        // Then
        assertThat(bytes(resumed)).isEqualTo(bytes(undisturbed.subList(resumed.size(), 2 * resumed.size())));
        assertThat(store.read("interrupted", 2).model())
                .isEqualTo(store.read("undisturbed", 2).model());
    }

    private static RunPlan plan(String id, int batchSize, AugmentationSettings augmentation) {
        return Tiny.plan(id, 2, batchSize, null, augmentation);
    }

    /** The batches of so many further epochs. */
    private List<TrainBatch> seen(RunPlan plan, int epochs) {
        var batches = new ArrayList<TrainBatch>();
        try (var training = Training.open(plan, null, Tiny.dataset(), watched(batches), store, 1, Clock.systemUTC())) {
            for (int i = 0; i < epochs; i++) {
                assertThat(training.train(ClassTreatment.even(3), () -> false, ImageCount.NONE))
                        .isPresent();
            }
        }
        return batches;
    }

    private static Engine watched(List<TrainBatch> batches) {
        return new Engine() {
            private final ReferenceEngine engine = new ReferenceEngine();

            @Override
            public String name() {
                return engine.name();
            }

            @Override
            public String description() {
                return engine.description();
            }

            @Override
            public RobustNet open(Architecture architecture, NamedTensors state, int threads) {
                var net = engine.open(architecture, state, threads);
                return (RobustNet) Proxy.newProxyInstance(
                        RobustNet.class.getClassLoader(),
                        new Class<?>[] {RobustNet.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("trainStep")) {
                                batches.add((TrainBatch) arguments[0]);
                            }
                            return method.invoke(net, arguments);
                        });
            }
        };
    }

    private static byte[] bytes(List<TrainBatch> batches) {
        var out = new ByteArrayOutputStream();
        for (var batch : batches) {
            for (float pixel : batch.samples().images()) {
                out.writeBytes(ByteBuffer.allocate(4).putFloat(pixel).array());
            }
        }
        return out.toByteArray();
    }

    private static float[] sorted(TrainBatch batch) {
        var sorted = batch.samples().images().clone();
        java.util.Arrays.sort(sorted);
        return sorted;
    }
}
