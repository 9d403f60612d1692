package dev.frl.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.checkpoint.Checkpoint;
import dev.frl.checkpoint.CheckpointException;
import dev.frl.checkpoint.CheckpointException.Reason;
import dev.frl.checkpoint.CheckpointStore;
import dev.frl.checkpoint.Checkpoints;
import dev.frl.checkpoint.Provenance;
import dev.frl.checkpoint.StoredCheckpoint;
import dev.frl.core.checkpoint.Retention;
import dev.frl.core.run.RunPlan;
import dev.frl.engine.net.NamedTensors;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionCleanerTest {
    private static final String RUN = "run";
    private static final Checkpoint CHECKPOINT = new Checkpoint(
            new Provenance("linear", List.of(1, 1, 1), 2, "ab".repeat(32), "reference", Instant.EPOCH),
            NamedTensors.empty(),
            NamedTensors.empty(),
            Optional.empty());

    @TempDir
    Path folder;

    private CheckpointStore store;
    private boolean cancelled;

    @BeforeEach
    void open() {
        store = new CheckpointStore(folder, List.of());
    }

    private void write(int from, int to) {
        for (int epoch = from; epoch <= to; epoch++) {
            store.write(RUN, epoch, CHECKPOINT);
        }
    }

    private RetentionCleaner cleaner(@Nullable Retention retention) {
        return cleaner(retention, store);
    }

    private RetentionCleaner cleaner(@Nullable Retention retention, Checkpoints checkpoints) {
        var plan = Tiny.plan(RUN, 30, null);
        return new RetentionCleaner(
                new RunPlan(
                        RUN,
                        plan.experiment(),
                        plan.experimentId(),
                        plan.variant(),
                        plan.labels(),
                        plan.priority(),
                        retention,
                        plan.settings(),
                        plan.canonicalSpec(),
                        plan.specSha256(),
                        plan.warmStartRun(),
                        plan.warmStart()),
                checkpoints,
                () -> cancelled);
    }

    @Test
    void without_retention_or_an_evaluation_nothing_is_deleted() {
        // Given
        write(0, 5);
        var unlimited = cleaner(null);
        unlimited.evaluated(4, 2);
        var unknown = cleaner(new Retention(1, true));
        unknown.evaluated(4, -1);

        // When
        unlimited.trained(5);
        unknown.trained(5);

        // Then
        assertThat(store.epochs(RUN)).hasSize(6);
    }

    @Test
    void the_last_epochs_and_the_best_one_are_left() {
        // Given
        write(0, 9);
        var cleaner = cleaner(new Retention(3, true));
        cleaner.evaluated(8, 2);

        // When
        cleaner.trained(9);

        // Then
        assertThat(store.epochs(RUN)).containsExactly(2, 7, 8, 9);
    }

    /** Its best epoch may be no longer the best. */
    @Test
    void a_trainer_that_resumes_far_ahead_of_what_it_knows_deletes_by_what_it_knows() {
        // Given
        write(0, 9);
        var cleaner = cleaner(new Retention(1, true));
        cleaner.evaluated(3, 2);

        // When
        cleaner.trained(9);

        // Then
        assertThat(store.epochs(RUN)).containsExactly(2, 4, 5, 6, 7, 8, 9);
    }

    @Test
    void a_trainer_that_lost_its_run_deletes_nothing() {
        // Given
        write(0, 9);
        var cleaner = cleaner(new Retention(1, true));
        cleaner.evaluated(8, 2);
        cancelled = true;

        // When
        cleaner.trained(9);

        // Then
        assertThat(store.epochs(RUN)).hasSize(10);
    }

    @Test
    void a_checkpoint_that_cannot_be_deleted_is_tried_again_and_stops_no_training() {
        // Given
        write(0, 3);
        var broken = new ArrayList<>(List.of("once"));
        var failing = (Checkpoints) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Checkpoints.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("delete") && !broken.isEmpty()) {
                        broken.clear();
                        throw new CheckpointException(Reason.NOT_WRITTEN, "the disk is read-only");
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        var cleaner = cleaner(new Retention(1, true), failing);
        cleaner.evaluated(2, 1);

        // When
        cleaner.trained(3);
        var before = store.epochs(RUN);
        cleaner.trained(3);

        // Then
        assertThat(before).hasSize(4);
        assertThat(store.epochs(RUN)).containsExactly(1, 3);
    }

    /**
     * Trainers die, are frozen and come back with what they knew. Whatever any of them deletes, the one that has the run finds the last
     * epochs and the best one.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void trainers_that_come_back_late_take_nothing_from_the_one_that_has_the_run(long seed) {
        // Given
        var random = new SplittableRandom(seed);
        var retention = new Retention(1 + random.nextInt(3), true);
        var late = new ArrayList<Runnable>();
        var cleaner = cleaner(retention);
        int best = 0;
        write(0, 0);
        for (int epoch = 1; epoch < 40; epoch++) {
            cleaner.evaluated(epoch - 1, best);
            write(epoch, epoch);
            if (random.nextInt(3) == 0) { // frozen after its epoch; another one takes the run
                var frozen = cleaner;
                int trained = epoch;
                late.add(() -> frozen.trained(trained));
                cleaner = cleaner(retention);
                cleaner.evaluated(epoch - 1, random.nextBoolean() ? best : -1);
            }

            // When
            cleaner.trained(epoch);
            if (!late.isEmpty() && random.nextBoolean()) {
                late.remove(random.nextInt(late.size())).run();
            }

            // Then
            assertThat(store.epochs(RUN)).contains(epoch, best);
            for (int kept = Math.max(0, epoch - retention.last() + 1); kept < epoch; kept++) {
                assertThat(store.find(RUN, kept).map(StoredCheckpoint::epoch)).contains(kept);
            }
            best = best == 0 || random.nextInt(5) == 0 ? epoch : best;
        }
        assertThat(store.epochs(RUN)).hasSizeLessThan(12);
    }
}
