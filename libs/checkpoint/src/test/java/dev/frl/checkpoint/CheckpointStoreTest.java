package dev.frl.checkpoint;

import static dev.frl.checkpoint.SmallCheckpoint.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.checkpoint.CheckpointException.Reason;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class CheckpointStoreTest extends CheckpointsContract {
    @TempDir
    Path folder;

    private Path root = Path.of("");
    private CheckpointStore store = new CheckpointStore(root, List.of());

    @BeforeEach
    void open() {
        root = folder.resolve("checkpoints");
        store = new CheckpointStore(root, List.of(folder.resolve("mine")));
    }

    @Override
    protected Checkpoints checkpoints() {
        return store;
    }

    @Override
    protected Checkpoints checkpoints(Map<String, String> keys) {
        return new CheckpointStore(root, List.of(), Signing.from(keys));
    }

    @Override
    protected byte[] contentOf(URI file) throws IOException {
        return Files.readAllBytes(Path.of(file));
    }

    @Override
    protected void overwrite(URI file, byte[] content) throws IOException {
        Files.write(Path.of(file), content);
    }

    @Override
    protected void remove(URI file) throws IOException {
        Files.delete(Path.of(file));
    }

    @Override
    protected List<String> filesOf(URI checkpoint) throws IOException {
        if (!Files.exists(Path.of(checkpoint))) {
            return List.of();
        }
        try (var files = Files.list(Path.of(checkpoint))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void a_folder_that_cannot_be_one_is_told_before_work_begins() throws IOException {
        // Given
        Files.writeString(root, "a file");

        // When, Then
        fails(store::requireUsable, Reason.UNREADABLE, "is not a folder that this user may read");
    }

    @Test
    void a_deleted_checkpoint_leaves_nothing_in_the_folder() throws IOException {
        // Given
        store.write("run", 1, checkpoint(1));
        store.write("run", 2, checkpoint(2));

        // When
        store.delete("run", 1);

        // Then
        try (var left = Files.list(root.resolve("run"))) {
            assertThat(left.map(file -> file.getFileName().toString())).containsExactly("epoch-0002");
        }
    }

    /** What may be in the place of a run's folder. */
    private enum Obstacle {
        LINK_TO_ITSELF {
            @Override
            void at(Path place) throws IOException {
                Files.createSymbolicLink(place, place);
            }
        },
        LINKS_IN_A_CIRCLE {
            @Override
            void at(Path place) throws IOException {
                var other = place.resolveSibling("other");
                Files.createSymbolicLink(place, other);
                Files.createSymbolicLink(other, place);
            }
        },
        LINK_TO_NOTHING {
            @Override
            void at(Path place) throws IOException {
                Files.createSymbolicLink(place, place.resolveSibling("nothing"));
            }
        },
        LINK_OUT {
            @Override
            void at(Path place) throws IOException {
                Files.createSymbolicLink(
                        place, Files.createDirectories(place.getParent().resolveSibling("outside")));
            }
        },
        FILE {
            @Override
            void at(Path place) throws IOException {
                Files.writeString(place, "a file");
            }
        },
        EPOCH_IS_A_LINK_TO_ITSELF {
            @Override
            void at(Path place) throws IOException {
                var epoch = Files.createDirectories(place).resolve("epoch-0001");
                Files.createSymbolicLink(epoch, epoch);
            }
        };

        abstract void at(Path place) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void what_is_in_the_place_of_a_folder_fails_with_its_path_and_stops_nothing_once_it_is_gone(Obstacle obstacle)
            throws IOException {
        // Given
        store.write("sound", 1, checkpoint(1));
        var place = root.resolve("run");
        obstacle.at(place);

        // When
        var failure = Assertions.catchThrowable(() -> {
            if (store.latest("run").isEmpty()) {
                store.write("run", 1, checkpoint(1));
            }
        });
        var list = Assertions.catchThrowable(() -> store.list("run"));

        // Then
        assertThat(failure).isInstanceOf(CheckpointException.class).hasMessageContaining("run");
        assertThat(((CheckpointException) failure).isDamage()).isFalse();
        assertThat(list == null || list instanceof CheckpointException).isTrue();
        assertThat(store.read("sound", 1)).isEqualTo(checkpoint(1));
        remove(place);
        store.write("run", 1, checkpoint(1));
        assertThat(store.read("run", 1)).isEqualTo(checkpoint(1));
    }

    private static void remove(Path place) throws IOException {
        if (Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
            try (var files = Files.list(place)) {
                for (var file : files.toList()) {
                    Files.delete(file);
                }
            }
        }
        Files.delete(place);
    }

    @Test
    void a_damaged_checkpoint_is_passed_over_put_aside_and_written_anew() throws IOException {
        // Given
        store.write("run", 1, checkpoint(1));
        store.write("run", 2, checkpoint(2));
        Files.delete(root.resolve("run/epoch-0002/optimizer.safetensors"));
        assertThat(store.latest("run").map(StoredCheckpoint::epoch)).contains(1);

        // When
        store.write("run", 2, checkpoint(2));

        // Then
        assertThat(store.read("run", 2)).isEqualTo(checkpoint(2));
        assertThat(hiddenIn("run")).singleElement().asString().contains(".damaged-epoch-0002");
    }

    @Test
    void a_users_own_file_is_read_from_a_folder_that_may_be_read_and_from_no_other() throws IOException {
        // Given
        var mine = Files.createDirectory(folder.resolve("mine")).resolve("model.safetensors");
        store.write("run", 1, checkpoint(1));
        Files.copy(root.resolve("run/epoch-0001/model.safetensors"), mine);
        var elsewhere = Files.copy(mine, folder.resolve("model.safetensors"));

        // When
        var read = store.readWeights(URI.create("file:" + mine));

        // Then
        assertThat(read.tensors()).isEqualTo(checkpoint(1).model());
        fails(() -> store.readWeights(elsewhere.toUri()), Reason.REFUSED, "lies outside");
    }

    @Test
    void locations_that_lead_out_are_refused() throws IOException {
        // Given
        store.write("run", 1, checkpoint(1));
        var secret = Files.writeString(folder.resolve("secret"), "secret");
        Files.createSymbolicLink(root.resolve("link"), secret);
        Files.createSymbolicLink(root.resolve("up"), folder);

        // When, Then
        refused("https://example.org/model.safetensors", "expected file:/");
        refused("model.safetensors", "expected file:/");
        refused("file:model.safetensors", "absolute path");
        refused("file://host" + root + "/run/epoch-0001", "without host");
        refused("file:" + root + "/run?x=1", "without host, query and fragment");
        refused("file:" + root + "/../secret", "must not contain . or ..");
        refused("file:" + root + "/%2e%2e/secret", "must not contain . or ..");
        refused("file:" + root + "/a%00b", "it is not a path");
        refused("file:" + secret, "lies outside");
        refused("file:" + folder + "/does-not-exist", "lies outside");
        refused("file:" + root + "/link", "a symbolic link leads out");
        refused("file:" + root + "/up/secret", "a symbolic link leads out");
    }

    @Test
    void a_run_folder_that_links_elsewhere_is_not_written_into() throws IOException {
        // Given
        var elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Files.createDirectories(root);
        Files.createSymbolicLink(root.resolve("run"), elsewhere);

        // When, Then
        fails(() -> store.write("run", 1, checkpoint(1)), Reason.REFUSED, "a symbolic link leads out");
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void a_manifest_that_was_tampered_with_is_not_followed() throws IOException {
        // Given
        store.write("run", 1, checkpoint(1));
        var file = root.resolve("run/epoch-0001/checkpoint.json");
        var good = Files.readString(file);
        var bad = List.of(
                good.replace("model.safetensors", "../../secret"),
                good.replace("\"epoch\" : 1", "\"epoch\" : 1, \"epoch\" : 1"),
                good.replace("\"epoch\" : 1", "\"epoch\" : \"1\""),
                good.replace("\"formatVersion\" : 1", "\"formatVersion\" : 2"),
                good.replace("\"engine\"", "\"machine\""),
                good.replace("2026-", "soon-"),
                good + "{}",
                good + " ".repeat(1 << 16),
                "[".repeat(10_000),
                "null",
                "");

        for (var text : bad) {
            // When
            Files.writeString(file, text);

            // Then
            fails(() -> store.read("run", 1), Reason.UNREADABLE, "checkpoint.json");
            assertThat(store.latest("run")).as(text).isEmpty();
        }
    }

    @Test
    void no_mutation_of_a_manifest_makes_the_store_crash() throws IOException {
        // Given
        store.write("run", 1, checkpoint(1, 2));
        var file = root.resolve("run/epoch-0001/checkpoint.json");
        var good = Files.readAllBytes(file);
        var random = new SplittableRandom(7);

        for (int i = 0; i < 3_000; i++) {
            var bytes = good.clone();
            for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(128);
            }
            Files.write(file, bytes);

            // When
            try {
                store.latest("run");
                store.read("run", 1);
            } catch (CheckpointException expected) {
                // Then
                assertThat(expected.reason())
                        .as("mutation %d", i)
                        .isIn(Reason.UNREADABLE, Reason.ALTERED, Reason.MISSING);
            }
        }
    }

    private void refused(String location, String why) {
        fails(() -> store.readWeights(URI.create(location)), Reason.REFUSED, why);
        fails(() -> store.loadModel(URI.create(location), "0".repeat(64)), Reason.REFUSED, why);
    }

    private List<Path> hiddenIn(String run) throws IOException {
        try (var files = Files.list(root.resolve(run))) {
            return files.filter(file -> file.getFileName().toString().startsWith("."))
                    .toList();
        }
    }
}
