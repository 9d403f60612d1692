package dev.frl.checkpoint;

import static dev.frl.checkpoint.SmallCheckpoint.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The power is cut after each operation on the disk in turn. */
final class CrashTest {
    private static final List<String> STEPS = List.of(
            "create run",
            "create directory",
            "write model.safetensors",
            "force model.safetensors",
            "write optimizer.safetensors",
            "force optimizer.safetensors",
            "write averaged.safetensors",
            "force averaged.safetensors",
            "write checkpoint.json",
            "force checkpoint.json",
            "force directory",
            "rename directory",
            "force parent");

    @TempDir
    Path root;

    static IntStream steps() {
        return IntStream.range(0, STEPS.size());
    }

    @Test
    void every_file_is_on_disk_before_the_directory_gets_its_name() {
        // Given
        var done = new ArrayList<String>();

        // When
        new CheckpointStore(root, List.of(), done::add).write("run", 1, checkpoint(1, 2));

        // Then
        assertThat(done).isEqualTo(STEPS);
    }

    @ParameterizedTest(name = "after step {0}")
    @MethodSource("steps")
    void after_a_crash_the_latest_is_whole_and_writing_goes_on(int step) throws IOException {
        // Given
        store().write("run", 1, checkpoint(1, 2));
        var countdown = new int[] {step};
        var dying = new CheckpointStore(root, List.of(), name -> {
            if (countdown[0]-- == 0) {
                throw new PowerCut(name);
            }
        });
        assertThatThrownBy(() -> dying.write("run", 2, checkpoint(3, 4))).isInstanceOf(PowerCut.class);

        // When
        var latest = store().latest("run").orElseThrow();

        // Then
        boolean renamed = step >= STEPS.indexOf("rename directory");
        assertThat(latest.epoch()).isEqualTo(renamed ? 2 : 1);
        assertThat(store().read("run", latest.epoch())).isEqualTo(renamed ? checkpoint(3, 4) : checkpoint(1, 2));
        store().write("run", 2, checkpoint(3, 4));
        assertThat(store().read("run", 2)).isEqualTo(checkpoint(3, 4));
        assertThat(namesIn(root.resolve("run"))).containsExactlyInAnyOrder("epoch-0001", "epoch-0002");
    }

    /** The step at the same place fails as on a full disk, and the process goes on. */
    @ParameterizedTest(name = "at step {0}")
    @MethodSource("steps")
    void on_a_full_disk_the_write_says_why_leaves_nothing_behind_and_is_made_good_later(int step) throws IOException {
        // Given
        store().write("run", 1, checkpoint(1, 2));
        var countdown = new int[] {step};
        var full = new CheckpointStore(root, List.of(), name -> {
            if (countdown[0]-- == 0) {
                throw new IOException("No space left on device");
            }
        });
        boolean renamed = step >= STEPS.indexOf("rename directory");

        // When
        var failure = catchThrowableOfType(CheckpointException.class, () -> full.write("run", 2, checkpoint(3, 4)));

        // Then
        if (renamed) {
            assertThat(failure).isNull(); // it is whole
        } else {
            assertThat(failure.reason()).isEqualTo(CheckpointException.Reason.NOT_WRITTEN);
            assertThat(failure.isDamage()).isFalse();
            assertThat(failure.getMessage())
                    .startsWith("checkpoint " + root.resolve("run/epoch-0002")
                            + " could not be written: the disk is full: free some space there. It needs ")
                    .contains(" MiB, and " + root + " has ", " MiB left", "checkpoints.keep")
                    .doesNotContain("\n");
        }
        assertThat(namesIn(root.resolve("run")))
                .containsExactlyInAnyOrderElementsOf(
                        renamed ? List.of("epoch-0001", "epoch-0002") : List.of("epoch-0001"));
        assertThat(full.latest("run").orElseThrow().epoch()).isEqualTo(renamed ? 2 : 1);
        full.write("run", 2, checkpoint(3, 4)); // there is space again
        assertThat(store().read("run", 2)).isEqualTo(checkpoint(3, 4));
    }

    @Test
    void a_file_that_lost_its_end_hides_its_checkpoint_but_not_the_one_before() throws IOException {
        // Given
        store().write("run", 1, checkpoint(1, 2));
        store().write("run", 2, checkpoint(3, 4));
        for (var name : namesIn(root.resolve("run/epoch-0002"))) {
            var file = root.resolve("run/epoch-0002").resolve(name);
            var whole = Files.readAllBytes(file);
            Files.write(file, Arrays.copyOf(whole, whole.length - 9));

            // When
            var latest = store().latest("run").orElseThrow();

            // Then
            assertThat(latest.epoch()).as("without the end of %s", name).isEqualTo(1);
            Files.write(file, whole);
        }
    }

    private CheckpointStore store() {
        return new CheckpointStore(root, List.of());
    }

    private static List<String> namesIn(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    /** No exception, so that nothing cleans up after it. */
    private static final class PowerCut extends Error {
        private static final long serialVersionUID = 1L;

        PowerCut(String step) {
            super("after " + step);
        }
    }
}
