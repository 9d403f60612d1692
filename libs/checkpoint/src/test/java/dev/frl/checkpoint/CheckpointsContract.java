package dev.frl.checkpoint;

import static dev.frl.checkpoint.SmallCheckpoint.checkpoint;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.checkpoint.CheckpointException.Reason;
import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.engine.net.NamedTensors;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** What every adapter of {@link Checkpoints} promises. */
public abstract class CheckpointsContract {
    /** The adapter, empty at the beginning of a test. */
    protected abstract Checkpoints checkpoints();

    /** Bytes behind the adapter's back. */
    protected abstract byte[] contentOf(URI file) throws IOException;

    /** Replaces a file behind the adapter's back. */
    protected abstract void overwrite(URI file, byte[] content) throws IOException;

    /** Removes a file behind the adapter's back. */
    protected abstract void remove(URI file) throws IOException;

    /** Names of a checkpoint's files; empty if there are none. */
    protected abstract List<String> filesOf(URI checkpoint) throws IOException;

    /** Whether the place decides in one step which of two writers is the first. */
    protected boolean createsAtomically() {
        return true;
    }

    /** The same place, with keys in these environment variables. */
    protected abstract Checkpoints checkpoints(Map<String, String> keys);

    private static final KeyPair OURS = pair();
    private static final KeyPair OTHERS = pair();

    private static KeyPair pair() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, String> signing(@Nullable KeyPair own, KeyPair... trusted) {
        var encoder = Base64.getMimeEncoder();
        var environment = new HashMap<String, String>();
        if (own != null) {
            environment.put(
                    "FRL_CHECKPOINT_SIGNING_KEY",
                    String.format(
                            Locale.ROOT,
                            "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n",
                            encoder.encodeToString(own.getPrivate().getEncoded())));
        }
        environment.put(
                "FRL_CHECKPOINT_TRUSTED_KEYS",
                Arrays.stream(trusted)
                        .map(pair -> Base64.getEncoder()
                                .encodeToString(pair.getPublic().getEncoded()))
                        .collect(Collectors.joining(", ")));
        return environment;
    }

    @Test
    void a_signed_checkpoint_is_read_by_those_who_trust_its_key_and_by_no_others() {
        // Given
        var stored = checkpoints(signing(OURS)).write("run", 1, checkpoint(1));
        var weights = URI.create(stored.model().location());

        for (var trusting : List.of(checkpoints(signing(null, OTHERS, OURS)), checkpoints(signing(OURS, OURS)))) {
            // When, Then
            assertThat(trusting.read("run", 1)).isEqualTo(checkpoint(1));
            assertThat(trusting.latest("run")).contains(stored);
            assertThat(trusting.loadModel(weights, stored.modelSha256()))
                    .isEqualTo(checkpoint(1).model());
            assertThat(trusting.loadModel(stored.location(), stored.modelSha256()))
                    .isEqualTo(checkpoint(1).model());
            assertThat(trusting.readWeights(weights).tensors())
                    .isEqualTo(checkpoint(1).model());
        }
        refusesAll(checkpoints(signing(null, OTHERS)), stored, "no trusted key has signed it");
    }

    @Test
    void a_checkpoint_without_a_signature_is_refused_until_a_trainer_that_computed_the_same_signs_it() {
        // Given
        var stored = checkpoints().write("run", 1, checkpoint(1));
        refusesAll(checkpoints(signing(null, OURS)), stored, "is not signed");

        // When
        checkpoints(signing(OURS)).write("run", 1, SmallCheckpoint.later(checkpoint(1)));

        // Then
        assertThat(checkpoints(signing(null, OURS)).read("run", 1)).isEqualTo(checkpoint(1));
    }

    @Test
    void a_signature_covers_what_the_manifest_says() throws IOException {
        // Given
        var stored = checkpoints(signing(OURS)).write("run", 1, checkpoint(1));
        var manifest = URI.create(stored.location() + "/checkpoint.json");
        var text = new String(contentOf(manifest), UTF_8);

        // When
        overwrite(manifest, text.replace("cnn-small", "cnn-bn").getBytes(UTF_8));

        // Then
        assertThatThrownBy(() -> checkpoints(signing(null, OURS)).read("run", 1))
                .isInstanceOfSatisfying(
                        CheckpointException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REFUSED));
    }

    private static void refusesAll(Checkpoints checkpoints, StoredCheckpoint stored, String why) {
        var weights = URI.create(stored.model().location());
        fails(() -> checkpoints.read("run", 1), Reason.REFUSED, why);
        fails(() -> checkpoints.latest("run"), Reason.REFUSED, why);
        fails(() -> checkpoints.loadModel(weights, stored.modelSha256()), Reason.REFUSED, why);
        fails(() -> checkpoints.loadModel(stored.location(), stored.modelSha256()), Reason.REFUSED, why);
        fails(() -> checkpoints.readWeights(weights), Reason.REFUSED, why);
    }

    @Test
    void a_checkpoint_is_read_as_it_was_written() {
        // Given
        var written = checkpoint(1, 2);

        // When
        var stored = checkpoints().write("run-1", 7, written);

        // Then
        assertThat(checkpoints().read("run-1", 7)).isEqualTo(written);
        assertThat(stored.location().toString()).endsWith("/run-1/epoch-0007");
        assertThat(checkpoints().loadModel(stored.location(), stored.modelSha256()))
                .isEqualTo(written.model());
        assertThat(Optional.ofNullable(stored.averagedSha256())
                        .map(sum -> checkpoints().loadModel(stored.location(), sum)))
                .isEqualTo(written.averaged());
        assertThat(load(stored.model())).isEqualTo(written.model());
        assertThat(Optional.ofNullable(stored.averaged()).map(this::load)).isEqualTo(written.averaged());
        assertThat(checkpoints()
                        .readWeights(URI.create(stored.model().location()))
                        .tensors())
                .isEqualTo(written.model());
    }

    @Test
    void a_run_that_does_not_average_has_no_averaged_weights() throws IOException {
        // Given
        var written = checkpoint(1);

        // When
        var stored = checkpoints().write("run", 0, written);

        // Then
        assertThat(stored.averagedSha256()).isNull();
        assertThat(stored.averaged()).isNull();
        assertThat(checkpoints().read("run", 0)).isEqualTo(written);
        assertThat(filesOf(stored.location())).isNotEmpty().noneMatch(name -> name.startsWith("averaged"));
    }

    private NamedTensors load(CheckpointRef weights) {
        assertThat(weights.location()).endsWith(".safetensors");
        return checkpoints().loadModel(URI.create(weights.location()), weights.sha256());
    }

    @Test
    void the_latest_is_the_highest_epoch_by_number() {
        // Given
        checkpoints().write("run", 9_999, checkpoint(1));
        checkpoints().write("run", 10_000, checkpoint(2));
        checkpoints().write("run", 3, checkpoint(3));
        checkpoints().write("run-2", 20_000, checkpoint(4));

        // When
        var latest = checkpoints().latest("run");

        // Then
        assertThat(latest.map(StoredCheckpoint::epoch)).contains(10_000);
        assertThat(checkpoints().latest("run", 9_998).map(StoredCheckpoint::epoch))
                .contains(3);
        assertThat(checkpoints().latest("run", 2)).isEmpty();
        assertThat(checkpoints().latest("other")).isEmpty();
        assertThat(checkpoints().find("run", 9_999).map(StoredCheckpoint::epoch))
                .contains(9_999);
        assertThat(checkpoints().find("run", 4)).isEmpty();
    }

    @Test
    void the_checkpoints_of_a_run_are_listed_by_epoch() {
        // Given
        var third = checkpoints().write("run", 3, checkpoint(3, 4));
        var first = checkpoints().write("run", 1, checkpoint(1));
        checkpoints().write("run-2", 2, checkpoint(2));

        // When
        var listed = checkpoints().list("run");

        // Then
        assertThat(listed).containsExactly(first, third);
        assertThat(checkpoints().list("other")).isEmpty();
    }

    @Test
    void a_deleted_checkpoint_is_gone_and_can_be_written_again() throws IOException {
        // Given
        var kept = checkpoints().write("run", 1, checkpoint(1));
        var gone = checkpoints().write("run", 2, checkpoint(2, 3));

        // When
        boolean deleted = checkpoints().delete("run", 2);

        // Then
        assertThat(deleted).isTrue();
        assertThat(filesOf(gone.location())).isEmpty();
        assertThat(checkpoints().list("run")).containsExactly(kept);
        fails(() -> checkpoints().read("run", 2), Reason.MISSING, "is missing");
        assertThat(checkpoints().delete("run", 2)).isFalse();
        assertThat(checkpoints().delete("other", 1)).isFalse();
        checkpoints().write("run", 2, checkpoint(4));
        assertThat(checkpoints().read("run", 2)).isEqualTo(checkpoint(4));
    }

    @Test
    void what_has_no_manifest_does_not_exist() throws IOException {
        // Given
        var kept = checkpoints().write("run", 1, checkpoint(1));
        var torn = checkpoints().write("run", 2, checkpoint(2));
        remove(manifestOf(torn));

        // When
        var latest = checkpoints().latest("run");

        // Then
        assertThat(latest).contains(kept);
        assertThat(checkpoints().find("run", 2)).isEmpty();
        assertThat(checkpoints().list("run")).containsExactly(kept);
        fails(() -> checkpoints().read("run", 2), Reason.MISSING, "is missing");
        checkpoints().write("run", 2, checkpoint(5));
        assertThat(checkpoints().read("run", 2)).isEqualTo(checkpoint(5));
    }

    @Test
    void a_checkpoint_that_lost_a_file_is_passed_over_and_written_again() throws IOException {
        // Given
        checkpoints().write("run", 1, checkpoint(1));
        var torn = checkpoints().write("run", 2, checkpoint(2));
        remove(URI.create(torn.model().location()));
        assertThat(checkpoints().latest("run").map(StoredCheckpoint::epoch)).contains(1);

        // When
        checkpoints().write("run", 2, checkpoint(2));

        // Then
        assertThat(checkpoints().read("run", 2)).isEqualTo(checkpoint(2));
        assertThat(checkpoints().latest("run").map(StoredCheckpoint::epoch)).contains(2);
    }

    @Test
    void a_file_of_the_right_size_that_was_altered_is_written_again() throws IOException {
        // Given
        var stored = checkpoints().write("run", 1, checkpoint(1));
        alter(URI.create(stored.model().location()));

        // When
        checkpoints().write("run", 1, checkpoint(1));

        // Then
        assertThat(checkpoints().read("run", 1)).isEqualTo(checkpoint(1));
    }

    @Test
    void writing_the_same_again_keeps_the_first_even_at_another_time() throws IOException {
        // Given
        var first = checkpoints().write("run", 1, checkpoint(1));
        var manifest = contentOf(manifestOf(first));

        // When
        var second = checkpoints().write("run", 1, SmallCheckpoint.later(checkpoint(1)));

        // Then
        assertThat(second).isEqualTo(first);
        assertThat(contentOf(manifestOf(first))).isEqualTo(manifest);
    }

    @Test
    void another_checkpoint_for_the_same_epoch_is_a_conflict_and_changes_nothing() throws IOException {
        // Given
        var stored = checkpoints().write("run", 1, checkpoint(1));
        var files = filesOf(stored.location());

        // When, Then
        fails(
                () -> checkpoints().write("run", 1, checkpoint(2)),
                Reason.CONFLICT,
                "exists already, with other content");
        assertThat(checkpoints().read("run", 1)).isEqualTo(checkpoint(1));
        assertThat(filesOf(stored.location())).containsExactlyInAnyOrderElementsOf(files);
    }

    @Test
    void altered_weights_are_never_handed_out() throws IOException {
        // Given
        var stored = checkpoints().write("run", 1, checkpoint(1));
        alter(URI.create(stored.model().location()));

        // When, Then
        fails(
                () -> checkpoints().loadModel(stored.location(), stored.modelSha256()),
                Reason.ALTERED,
                ".safetensors is not the file that was announced: expected SHA-256 " + stored.modelSha256());
        fails(() -> load(stored.model()), Reason.ALTERED, ".safetensors is not the file that was announced");
        fails(() -> checkpoints().read("run", 1), Reason.ALTERED, ".safetensors");
    }

    @Test
    void truncated_weights_are_called_altered_and_not_a_broken_format() throws IOException {
        // Given
        var stored = checkpoints().write("run", 1, checkpoint(1));
        var file = URI.create(stored.model().location());
        overwrite(file, Arrays.copyOf(contentOf(file), 100));

        // When, Then
        fails(
                () -> checkpoints().loadModel(stored.location(), stored.modelSha256()),
                Reason.ALTERED,
                "expected SHA-256");
    }

    @Test
    void weights_that_were_not_announced_for_a_checkpoint_are_refused() {
        // Given
        var stored = checkpoints().write("run", 1, checkpoint(1));

        // When, Then
        fails(
                () -> checkpoints().loadModel(stored.location(), "0".repeat(64)),
                Reason.ALTERED,
                "has no weights with SHA-256 0");
        fails(() -> checkpoints().loadModel(stored.location(), "latest"), Reason.REFUSED, "not a SHA-256");
    }

    @Test
    void a_checkpoint_that_was_moved_is_not_taken_for_another() throws IOException {
        // Given
        var first = checkpoints().write("run", 1, checkpoint(1));
        var second = checkpoints().write("run", 2, checkpoint(1));
        overwrite(manifestOf(second), contentOf(manifestOf(first)));

        // When, Then
        assertThat(checkpoints().latest("run").map(StoredCheckpoint::epoch)).contains(1);
        fails(() -> checkpoints().read("run", 2), Reason.ALTERED, "describes run run, epoch 1: it was moved here");
    }

    @Test
    void a_manifest_that_is_none_hides_its_checkpoint() throws IOException {
        // Given
        var stored = checkpoints().write("run", 1, checkpoint(1));

        for (var text : List.of("", "null", "{}", "[".repeat(10_000), " ".repeat(1 << 17))) {
            // When
            overwrite(manifestOf(stored), text.getBytes(StandardCharsets.UTF_8));

            // Then
            assertThat(checkpoints().latest("run")).as(text).isEmpty();
            fails(() -> checkpoints().read("run", 1), Reason.UNREADABLE, "checkpoint.json");
        }
        checkpoints().write("run", 1, checkpoint(2));
        assertThat(checkpoints().read("run", 1)).isEqualTo(checkpoint(2));
    }

    @Test
    void a_missing_checkpoint_is_told_with_its_location() {
        // Given
        var stored = checkpoints().write("run", 1, checkpoint(1));
        var location = URI.create(stored.location().toString().replace("epoch-0001", "epoch-0002"));

        // When, Then
        fails(() -> checkpoints().loadModel(location, "0".repeat(64)), Reason.MISSING, location.getPath());
        fails(() -> checkpoints().readWeights(URI.create(location + "/x")), Reason.MISSING, "is missing");
        fails(() -> checkpoints().read("run", 2), Reason.MISSING, "is missing");
    }

    @Test
    void epochs_are_listed_in_order_whatever_is_left_of_them() throws IOException {
        // Given
        checkpoints().write("run", 12, checkpoint(1));
        checkpoints().write("run", 0, checkpoint(2));
        remove(manifestOf(checkpoints().write("run", 7, checkpoint(3))));
        checkpoints().write("run", 8, checkpoint(4));
        checkpoints().write("run-2", 9, checkpoint(5));

        // When
        checkpoints().delete("run", 8);
        var epochs = checkpoints().epochs("run");
        checkpoints().delete("run", 7);

        // Then
        assertThat(epochs).containsExactly(0, 7, 12);
        assertThat(checkpoints().epochs("run")).containsExactly(0, 12);
        assertThat(checkpoints().epochs("other")).isEmpty();
    }

    @Test
    void a_checkpoint_that_was_deleted_while_later_ones_are_there_is_told_as_deleted() throws IOException {
        // Given
        var deleted = checkpoints().write("run", 1, checkpoint(1));
        var damaged = checkpoints().write("run", 2, checkpoint(2));
        var last = checkpoints().write("run", 4, checkpoint(4));
        checkpoints().delete("run", 1);
        remove(URI.create(damaged.model().location()));
        remove(manifestOf(damaged));

        for (var location : List.of(
                deleted.location(),
                URI.create(deleted.model().location()),
                URI.create(deleted.location() + "/averaged.safetensors"))) {
            // When, Then
            fails(
                    () -> checkpoints().loadModel(location, deleted.modelSha256()),
                    Reason.DELETED,
                    location.getPath() + " was deleted, by checkpoints.keep of its run's spec or by a user");
            fails(() -> checkpoints().readWeights(location), Reason.DELETED, "the next is of epoch 2");
        }
        fails(() -> checkpoints().loadModel(damaged.location(), damaged.modelSha256()), Reason.MISSING, "is missing");
        var later = URI.create(last.location().toString().replace("epoch-0004", "epoch-0005"));
        fails(() -> checkpoints().loadModel(later, last.modelSha256()), Reason.MISSING, "is missing");
        var other = URI.create(last.location().toString().replace("/run/", "/other/"));
        fails(() -> checkpoints().loadModel(other, last.modelSha256()), Reason.MISSING, "is missing");
    }

    @Test
    void locations_outside_are_refused() {
        // Given
        var stored = checkpoints().write("run", 1, checkpoint(1));
        var inside = stored.location().toString();

        for (var outside : List.of(
                "https://example.org/model.safetensors",
                "model.safetensors",
                inside + "?x=1",
                inside + "#x",
                inside + "/../../../../secret",
                inside + "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/secret",
                inside.replaceFirst("/[^/]+/run/.*", "-other/secret"))) {
            // When, Then
            fails(() -> checkpoints().readWeights(URI.create(outside)), Reason.REFUSED, "is refused: ");
            fails(() -> checkpoints().loadModel(URI.create(outside), "0".repeat(64)), Reason.REFUSED, "is refused: ");
        }
    }

    @Test
    void run_ids_that_are_no_names_are_refused() {
        for (var id : List.of("", ".", "..", ".hidden", "a/b", "a\\b", "a b", "ä", "a\0b", "x".repeat(201))) {
            fails(() -> checkpoints().write(id, 1, checkpoint(1)), Reason.REFUSED, "run id " + id + " is refused");
            fails(() -> checkpoints().latest(id), Reason.REFUSED, "run id");
            fails(() -> checkpoints().list(id), Reason.REFUSED, "run id");
            fails(() -> checkpoints().epochs(id), Reason.REFUSED, "run id");
            fails(() -> checkpoints().delete(id, 1), Reason.REFUSED, "run id");
        }
        fails(() -> checkpoints().write("run", -1, checkpoint(1)), Reason.REFUSED, "epoch -1 is negative");
        fails(() -> checkpoints().delete("run", -1), Reason.REFUSED, "epoch -1 is negative");
    }

    @RepeatedTest(20)
    void of_two_trainers_that_write_different_checkpoints_at_once_the_loser_is_told(RepetitionInfo repetition)
            throws Exception {
        // Given
        var run = "run-" + repetition.getCurrentRepetition();
        var pool = Executors.newFixedThreadPool(2);
        List<Callable<StoredCheckpoint>> writers = List.of(
                () -> checkpoints().write(run, 1, checkpoint(1)),
                () -> checkpoints().write(run, 1, checkpoint(2)));

        // When
        var outcomes = pool.invokeAll(writers);

        // Then
        pool.shutdown();
        int written = 0;
        for (var outcome : outcomes) {
            try {
                var stored = outcome.get();
                // A writer's own files are never replaced, even if its manifest was.
                assertThat(load(stored.model()))
                        .isIn(checkpoint(1).model(), checkpoint(2).model());
                if (createsAtomically()) {
                    assertThat(checkpoints().find(run, 1)).contains(stored);
                }
                written++;
            } catch (ExecutionException e) {
                assertThat(e)
                        .cause()
                        .isInstanceOfSatisfying(
                                CheckpointException.class,
                                told -> assertThat(told.reason()).isIn(Reason.CONFLICT, Reason.NOT_WRITTEN));
            }
        }
        if (createsAtomically()) {
            assertThat(written).isLessThanOrEqualTo(1);
        }
        assertThat(checkpoints().find(run, 1).isPresent()).isEqualTo(written > 0);
        if (written > 0) {
            assertThat(checkpoints().read(run, 1)).isIn(checkpoint(1), checkpoint(2));
        }
    }

    private void alter(URI file) throws IOException {
        var bytes = contentOf(file);
        bytes[bytes.length - 1] ^= 1;
        overwrite(file, bytes);
    }

    private static URI manifestOf(StoredCheckpoint stored) {
        return URI.create(stored.location() + "/checkpoint.json");
    }

    protected static void fails(ThrowingCallable call, Reason reason, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        CheckpointException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(message);
    }
}
