package dev.frl.checkpoint;

import static dev.frl.checkpoint.SmallCheckpoint.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.checkpoint.CheckpointException.Reason;
import dev.frl.core.run.CheckpointRef;
import dev.frl.engine.net.NamedTensors;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CheckpointStoreTest {
    @TempDir
    Path folder;

    private Path root = Path.of("");
    private CheckpointStore store = new CheckpointStore(root, List.of());

    @BeforeEach
    void open() {
        root = folder.resolve("checkpoints");
        store = new CheckpointStore(root, List.of(folder.resolve("mine")));
    }

    @Test
    void a_checkpoint_is_read_as_it_was_written() {
        // Given
        var written = checkpoint(1, 2);

        // When
        var stored = store.write("run-1", 7, written);

        // Then
        assertThat(store.read("run-1", 7)).isEqualTo(written);
        assertThat(stored.location().toString()).startsWith("file:///").endsWith("/checkpoints/run-1/epoch-0007");
        assertThat(store.loadModel(stored.location(), stored.modelSha256())).isEqualTo(written.model());
        assertThat(Optional.ofNullable(stored.averagedSha256()).map(sum -> store.loadModel(stored.location(), sum)))
                .isEqualTo(written.averaged());
        assertThat(load(stored.model())).isEqualTo(written.model());
        assertThat(Optional.ofNullable(stored.averaged()).map(this::load)).isEqualTo(written.averaged());
    }

    @Test
    void a_run_that_does_not_average_has_no_averaged_weights() {
        // Given
        var written = checkpoint(1);

        // When
        var stored = store.write("run", 0, written);

        // Then
        assertThat(stored.averagedSha256()).isNull();
        assertThat(stored.averaged()).isNull();
        assertThat(store.read("run", 0)).isEqualTo(written);
        assertThat(root.resolve("run/epoch-0000")).isDirectoryNotContaining("glob:**averaged*");
    }

    private NamedTensors load(CheckpointRef weights) {
        assertThat(weights.location()).endsWith(".safetensors");
        return store.loadModel(URI.create(weights.location()), weights.sha256());
    }

    @Test
    void the_latest_is_the_highest_epoch_by_number() {
        // Given
        store.write("run", 9_999, checkpoint(1));
        store.write("run", 10_000, checkpoint(2));
        store.write("run", 3, checkpoint(3));

        // When
        var latest = store.latest("run");

        // Then
        assertThat(latest.map(StoredCheckpoint::epoch)).contains(10_000);
        assertThat(store.latest("other")).isEmpty();
    }

    @Test
    void writing_the_same_again_keeps_the_first_even_at_another_time() throws IOException {
        // Given
        var first = store.write("run", 1, checkpoint(1));
        var manifest = Files.readString(root.resolve("run/epoch-0001/checkpoint.json"));

        // When
        var second = store.write("run", 1, SmallCheckpoint.later(checkpoint(1)));

        // Then
        assertThat(second).isEqualTo(first);
        assertThat(root.resolve("run/epoch-0001/checkpoint.json")).hasContent(manifest);
        assertThat(hiddenIn("run")).isEmpty();
    }

    @Test
    void another_checkpoint_for_the_same_epoch_is_a_conflict_and_changes_nothing() throws IOException {
        // Given
        store.write("run", 1, checkpoint(1));

        // When, Then
        fails(() -> store.write("run", 1, checkpoint(2)), Reason.CONFLICT, "exists already, with other content");
        assertThat(store.read("run", 1)).isEqualTo(checkpoint(1));
        assertThat(hiddenIn("run")).isEmpty();
    }

    @Test
    void altered_weights_are_never_handed_out() throws IOException {
        // Given
        var stored = store.write("run", 1, checkpoint(1));
        var file = root.resolve("run/epoch-0001/model.safetensors");
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);

        // When, Then
        fails(
                () -> store.loadModel(stored.location(), stored.modelSha256()),
                Reason.ALTERED,
                "model.safetensors is not the file that was announced: expected SHA-256 " + stored.modelSha256());
        fails(() -> store.read("run", 1), Reason.ALTERED, "model.safetensors");
    }

    @Test
    void truncated_weights_are_called_altered_and_not_a_broken_format() throws IOException {
        // Given
        var stored = store.write("run", 1, checkpoint(1));
        var file = root.resolve("run/epoch-0001/model.safetensors");
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 100));

        // When, Then
        fails(() -> store.loadModel(stored.location(), stored.modelSha256()), Reason.ALTERED, "expected SHA-256");
    }

    @Test
    void weights_that_were_not_announced_for_a_checkpoint_are_refused() {
        // Given
        var stored = store.write("run", 1, checkpoint(1));

        // When, Then
        fails(
                () -> store.loadModel(stored.location(), "0".repeat(64)),
                Reason.ALTERED,
                "has no weights with SHA-256 0");
        fails(() -> store.loadModel(stored.location(), "latest"), Reason.REFUSED, "not a SHA-256");
    }

    @Test
    void a_missing_checkpoint_is_told_with_its_location() {
        // Given
        var location = root.resolve("run/epoch-0001").toUri();

        // When, Then
        fails(() -> store.loadModel(location, "0".repeat(64)), Reason.MISSING, location + " is missing");
        fails(() -> store.read("run", 1), Reason.MISSING, "is missing");
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
    void run_ids_that_are_no_names_are_refused() {
        for (var id : List.of("", ".", "..", ".hidden", "a/b", "a\\b", "a b", "ä", "a\0b", "x".repeat(201))) {
            fails(() -> store.write(id, 1, checkpoint(1)), Reason.REFUSED, "run id " + id + " is refused");
            fails(() -> store.latest(id), Reason.REFUSED, "run id");
        }
        fails(() -> store.write("run", -1, checkpoint(1)), Reason.REFUSED, "epoch -1 is negative");
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

    @RepeatedTest(30)
    void of_two_trainers_that_write_different_checkpoints_at_once_the_loser_is_told(RepetitionInfo repetition)
            throws Exception {
        // Given
        var run = "run-" + repetition.getCurrentRepetition();
        var pool = Executors.newFixedThreadPool(2);
        List<Callable<StoredCheckpoint>> writers =
                List.of(() -> store.write(run, 1, checkpoint(1)), () -> store.write(run, 1, checkpoint(2)));

        // When
        var outcomes = pool.invokeAll(writers);

        // Then
        pool.shutdown();
        int written = 0;
        for (var outcome : outcomes) {
            try {
                var stored = outcome.get();
                assertThat(store.find(run, 1)).contains(stored);
                written++;
            } catch (ExecutionException e) {
                assertThat(e)
                        .cause()
                        .isInstanceOfSatisfying(
                                CheckpointException.class,
                                told -> assertThat(told.reason()).isIn(Reason.CONFLICT, Reason.NOT_WRITTEN));
            }
        }
        assertThat(written).isLessThanOrEqualTo(1);
        assertThat(store.find(run, 1).isPresent()).isEqualTo(written == 1);
    }

    private void refused(String location, String why) {
        fails(() -> store.readWeights(URI.create(location)), Reason.REFUSED, why);
        fails(() -> store.loadModel(URI.create(location), "0".repeat(64)), Reason.REFUSED, why);
    }

    private static void fails(ThrowingCallable call, Reason reason, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        CheckpointException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(message);
    }

    private List<Path> hiddenIn(String run) throws IOException {
        try (var files = Files.list(root.resolve(run))) {
            return files.filter(file -> file.getFileName().toString().startsWith("."))
                    .toList();
        }
    }
}
