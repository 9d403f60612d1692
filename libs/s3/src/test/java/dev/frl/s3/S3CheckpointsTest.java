package dev.frl.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.checkpoint.Checkpoint;
import dev.frl.checkpoint.CheckpointException;
import dev.frl.checkpoint.CheckpointException.Reason;
import dev.frl.checkpoint.Checkpoints;
import dev.frl.checkpoint.ObjectCheckpointsContract;
import dev.frl.checkpoint.Provenance;
import dev.frl.checkpoint.storage.ObjectStorage;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, and what only a store has, on a server that speaks S3. */
final class S3CheckpointsTest extends ObjectCheckpointsContract {
    private static final String BUCKET = "checkpoints";
    /** The smallest part that S3 allows. */
    private static final int PART = 5 << 20;

    private static S3Server server;
    private static int tests;

    @TempDir
    Path folder;

    private final URI root = URI.create(String.format(Locale.ROOT, "s3://%s/test-%d/all", BUCKET, tests++));

    @BeforeAll
    static void start() throws Exception {
        server = S3Server.start().withBucket(BUCKET);
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Override
    protected ObjectStorage storage() {
        return new S3StorageProvider().open(root, server.environment());
    }

    @Override
    protected Checkpoints checkpoints() {
        return Checkpoints.open(root.toString(), "", server.environment());
    }

    @Override
    protected Checkpoints checkpoints(Map<String, String> keys) {
        var environment = new HashMap<>(server.environment());
        environment.putAll(keys);
        return Checkpoints.open(root.toString(), "", environment);
    }

    /** S3Proxy tests If-None-Match and writes in two steps; AWS and MinIO do both in one. */
    @Override
    protected boolean createsAtomically() {
        return false;
    }

    @Test
    void a_store_that_answers_is_usable_before_it_holds_anything() {
        checkpoints().requireUsable();
    }

    @Test
    void weights_in_another_configured_place_are_read_and_others_are_refused() throws IOException {
        // Given
        var elsewhere = String.format(Locale.ROOT, "s3://%s/elsewhere-%d", BUCKET, tests);
        var own = Checkpoints.open(elsewhere, "", server.environment()).write("run", 1, small());
        var location = URI.create(own.model().location());
        var onDisk = folder.resolve("robust.safetensors");
        new S3StorageProvider()
                .open(URI.create(elsewhere), server.environment())
                .fetch(own.model().location().substring(elsewhere.length() + 1), onDisk, PART);

        // When
        var configured = Checkpoints.open(
                root.toString(), folder + java.io.File.pathSeparator + elsewhere, server.environment());

        // Then
        assertThat(configured.readWeights(location).tensors()).isEqualTo(small().model());
        assertThat(configured.loadModel(onDisk.toUri(), own.modelSha256())).isEqualTo(small().model());
        fails(
                () -> checkpoints().readWeights(location),
                Reason.REFUSED,
                "lies outside of the stores for checkpoints, [" + root);
    }

    @Test
    void a_file_larger_than_a_part_is_uploaded_in_parts_and_read_whole() throws IOException {
        // Given
        var bytes = new byte[2 * PART + 1234];
        new SplittableRandom(1).nextBytes(bytes);
        var file = Files.write(folder.resolve("large"), bytes);
        var storage = new S3Storage(S3Root.of(root), S3Settings.of(server.environment()), PART);

        // When
        storage.put("run/large", file);

        // Then
        var copy = folder.resolve("copy");
        storage.fetch("run/large", copy, bytes.length);
        assertThat(copy).hasBinaryContent(bytes);
        assertThat(storage.list("run/")).containsExactly(Map.entry("run/large", (long) bytes.length));
        assertThatThrownBy(() -> storage.fetch("run/large", copy, bytes.length - 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("more than the limit");
    }

    @Test
    void an_upload_in_parts_that_fails_leaves_no_object() throws IOException {
        // Given
        var file = Files.write(folder.resolve("large"), new byte[2 * PART]);
        var storage = new S3Storage(
                new S3Root(URI.create("s3://absent"), "absent", ""), S3Settings.of(server.environment()), PART);

        // When, Then
        assertThatThrownBy(() -> storage.put("run/large", file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the bucket absent does not exist");
    }

    @Test
    void of_two_that_create_an_object_the_first_wins() throws IOException {
        // Given
        var storage = storage();

        // When
        boolean first = storage.create("run/manifest", new byte[] {1});
        boolean second = storage.create("run/manifest", new byte[] {2});

        // Then
        assertThat(first).isTrue();
        assertThat(second).isFalse();
        assertThat(storage.read("run/manifest", 10)).containsExactly(1);
        assertThatThrownBy(() -> storage.read("run/none", 10)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void a_run_with_more_files_than_one_answer_lists_is_listed_whole() throws IOException {
        // Given
        var storage = storage();
        for (int i = 0; i < 1_010; i++) {
            storage.put(String.format(Locale.ROOT, "run/epoch-%04d/x", i), new byte[] {1});
        }

        // When
        var listed = storage.list("run/");

        // Then
        assertThat(listed).hasSize(1_010);
    }

    @Test
    void temporary_copies_are_deleted() throws IOException {
        // Given
        long before = copies();

        // When
        var stored = checkpoints().write("run", 1, small());
        checkpoints().loadModel(stored.location(), stored.modelSha256());
        try {
            checkpoints().loadModel(URI.create(stored.location() + "/none"), stored.modelSha256());
        } catch (CheckpointException e) {
            assertThat(e.reason()).isEqualTo(Reason.MISSING);
        }

        // Then
        assertThat(copies()).isLessThanOrEqualTo(before);
    }

    private static long copies() throws IOException {
        try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("frl-checkpoint-"))
                    .count();
        }
    }

    private static Checkpoint small() {
        var provenance = new Provenance(
                "cnn-small", List.of(1, 28, 28), 10, "ab".repeat(32), "dl4j", Instant.parse("2026-11-22T12:00:00Z"));
        var weights = NamedTensors.of(Map.of("0.weight", new Floats(List.of(2), new float[] {1, 2})));
        return new Checkpoint(provenance, weights, NamedTensors.empty(), Optional.empty());
    }
}
