package dev.frl.checkpoint;

import dev.frl.checkpoint.AtomicDirectory.Steps;
import dev.frl.checkpoint.CheckpointException.Reason;
import dev.frl.engine.net.NamedTensors;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Checkpoints in a folder, which may be a volume that several machines share:
 *
 * <pre>
 *   ROOT/RUN_ID/epoch-0007/model.safetensors        weights, as a PyTorch state dict
 *                          optimizer.safetensors
 *                          averaged.safetensors     only if the run averages
 *                          checkpoint.json          see {@link Manifest}
 * </pre>
 *
 * <p>A checkpoint appears whole or not at all, and never changes. If the same checkpoint is written again, for example by a
 * restarted trainer, the first one is kept. Safe for several threads and processes: if two write different checkpoints for one
 * epoch, the second gets an error. Only leftovers of interrupted writes are deleted.
 */
public final class CheckpointStore {
    private static final Pattern RUN_ID = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}");
    private static final Pattern EPOCH = Pattern.compile("epoch-([0-9]{4,9})");
    private static final Map<String, String> PYTORCH = Map.of("format", "pt");

    private final Path root;
    private final Locations locations;
    private final Steps steps;

    /**
     * @param root folder to which checkpoints are written; created with the first one
     * @param readable further folders from which {@link #loadModel} and {@link #readWeights} may read
     */
    public CheckpointStore(Path root, List<Path> readable) {
        this(root, readable, Steps.NONE);
    }

    CheckpointStore(Path root, List<Path> readable, Steps steps) {
        this.root = root.toAbsolutePath().normalize();
        var all = new ArrayList<>(readable);
        all.add(0, this.root);
        this.locations = new Locations(all);
        this.steps = steps;
    }

    /**
     * Writes a checkpoint. When this method returns, the checkpoint survives a crash.
     *
     * @param runId letters, digits, {@code . _ -}; at most 200, not starting with a dot
     * @param epoch 0 is the warm start
     * @throws CheckpointException CONFLICT if the epoch exists with other content; NOT_WRITTEN if the disk failed; REFUSED if
     *     the run id is invalid
     */
    public StoredCheckpoint write(String runId, int epoch, Checkpoint checkpoint) {
        var target = directory(runId, epoch);
        try {
            prepare(runDirectory(runId));
            var directory = AtomicDirectory.at(target, steps);
            try {
                var manifest = fill(directory, runId, epoch, checkpoint);
                if (keepsExisting(target, manifest)) {
                    directory.discard();
                } else {
                    appear(directory, target, manifest);
                }
                return stored(target, manifest);
            } catch (IOException | CheckpointException e) {
                discard(directory, e);
                throw e;
            }
        } catch (IOException e) {
            throw new CheckpointException(
                    Reason.NOT_WRITTEN, "checkpoint %s could not be written: %s".formatted(target, e), e);
        }
    }

    /** The complete checkpoint of the highest epoch; incomplete and damaged ones are skipped. */
    public Optional<StoredCheckpoint> latest(String runId) {
        return latest(runId, Integer.MAX_VALUE);
    }

    /** The complete checkpoint of the highest epoch up to this one; incomplete and damaged ones are skipped. */
    public Optional<StoredCheckpoint> latest(String runId, int atMost) {
        return epochs(runId).stream()
                .filter(epoch -> epoch <= atMost)
                .sorted(Comparator.reverseOrder())
                .flatMap(epoch -> find(runId, epoch).stream())
                .findFirst();
    }

    /** The checkpoint of an epoch; empty if it does not exist or is incomplete. Checksums of large files are not verified. */
    public Optional<StoredCheckpoint> find(String runId, int epoch) {
        var directory = directory(runId, epoch);
        return complete(directory).map(manifest -> stored(directory, manifest));
    }

    /**
     * Reads and verifies a whole checkpoint, to resume training.
     *
     * @throws CheckpointException MISSING, ALTERED or UNREADABLE; names the file
     */
    public Checkpoint read(String runId, int epoch) {
        var directory = locations.resolve(location(directory(runId, epoch)));
        var manifest = Manifest.read(directory);
        if (!isPlaceOf(manifest, directory(runId, epoch))) {
            throw new CheckpointException(
                    Reason.ALTERED,
                    "%s describes run %s, epoch %d: it was moved here"
                            .formatted(directory.resolve(Manifest.NAME), manifest.runId(), manifest.epoch()));
        }
        var averaged = Optional.ofNullable(manifest.files().get(Manifest.AVERAGED));
        return new Checkpoint(
                manifest.provenance(),
                verified(directory, Manifest.MODEL, manifest),
                verified(directory, Manifest.OPTIMIZER, manifest),
                averaged.map(entry -> verified(directory, Manifest.AVERAGED, manifest)));
    }

    /**
     * Reads announced weights and verifies that they are the announced ones, to the bit.
     *
     * @param location a checkpoint's directory, where the checksum selects model or averaged weights; or a safetensors file.
     *     Must be in one of the folders that this store may read
     * @param sha256 SHA-256 of the file, 64 hex digits
     * @throws CheckpointException REFUSED, MISSING, ALTERED or UNREADABLE
     */
    public NamedTensors loadModel(URI location, String sha256) {
        if (!Sha256.isOne(sha256)) {
            throw new CheckpointException(
                    Reason.REFUSED, "%s is not a SHA-256 of 64 lower-case hex digits".formatted(sha256));
        }
        var path = locations.resolve(location);
        return verified(Files.isDirectory(path) ? announced(path, sha256) : path, sha256);
    }

    /**
     * Reads a file of weights without a known checksum, such as a user's own warm start; up to 4 GiB.
     *
     * @param location a safetensors file in one of the folders that this store may read
     * @throws CheckpointException REFUSED, MISSING or UNREADABLE
     */
    public Safetensors.Contents readWeights(URI location) {
        return Safetensors.read(locations.resolve(location));
    }

    private void prepare(Path run) throws IOException {
        Files.createDirectories(run);
        AtomicDirectory.force(root);
        steps.done("create run");
        locations.resolve(location(run)); // a run's folder may be a symbolic link to anywhere
        AtomicDirectory.clean(run);
    }

    private static Manifest fill(AtomicDirectory directory, String runId, int epoch, Checkpoint checkpoint)
            throws IOException {
        var files = new HashMap<String, Manifest.Entry>();
        files.put(Manifest.MODEL, add(directory, Manifest.MODEL, checkpoint.model()));
        files.put(Manifest.OPTIMIZER, add(directory, Manifest.OPTIMIZER, checkpoint.optimizer()));
        if (checkpoint.averaged().isPresent()) {
            files.put(
                    Manifest.AVERAGED,
                    add(directory, Manifest.AVERAGED, checkpoint.averaged().get()));
        }
        var manifest = Manifest.of(runId, epoch, checkpoint.provenance(), files);
        var json = manifest.toBytes();
        directory.add(Manifest.NAME, out -> out.write(json));
        return manifest;
    }

    private static Manifest.Entry add(AtomicDirectory directory, String name, NamedTensors tensors) throws IOException {
        return directory.add(name, out -> Safetensors.write(tensors, PYTORCH, out));
    }

    private static void discard(AtomicDirectory directory, Exception after) {
        try {
            directory.discard();
        } catch (IOException e) {
            after.addSuppressed(e); // the next write cleans up
        }
    }

    private static void appear(AtomicDirectory directory, Path target, Manifest manifest) throws IOException {
        try {
            directory.appear();
        } catch (IOException e) {
            // Another writer may have been faster.
            if (!keepsExisting(target, manifest)) {
                throw e;
            }
            directory.discard();
        }
    }

    /**
     * Whether the same checkpoint exists already. A damaged one is moved aside, so that it can be written again.
     *
     * @throws CheckpointException CONFLICT if another, undamaged one exists
     */
    private static boolean keepsExisting(Path target, Manifest manifest) throws IOException {
        if (!Files.exists(target)) {
            return false;
        }
        var existing = complete(target);
        if (existing.isPresent() && isSound(target, existing.get())) {
            if (existing.get().sameButForTime(manifest)) {
                return true;
            }
            throw new CheckpointException(
                    Reason.CONFLICT,
                    "checkpoint %s exists already, with other content: is another trainer working on this run? A checkpoint is never overwritten; move it away if you do not need it"
                            .formatted(target));
        }
        Files.move(target, target.resolveSibling(".damaged-%s.%s".formatted(target.getFileName(), UUID.randomUUID())));
        return false;
    }

    private static boolean isSound(Path directory, Manifest manifest) throws IOException {
        for (var file : manifest.files().entrySet()) {
            if (!Sha256.of(directory.resolve(file.getKey()))
                    .equals(file.getValue().sha256())) {
                return false;
            }
        }
        return true;
    }

    /** The manifest, if it is valid and every listed file has the listed size. */
    private static Optional<Manifest> complete(Path directory) {
        try {
            var manifest = Manifest.read(directory);
            for (var file : manifest.files().entrySet()) {
                var path = directory.resolve(file.getKey());
                if (!Files.isRegularFile(path)
                        || Files.size(path) != file.getValue().bytes()) {
                    return Optional.empty();
                }
            }
            return isPlaceOf(manifest, directory) ? Optional.of(manifest) : Optional.empty();
        } catch (CheckpointException | IOException e) {
            return Optional.empty();
        }
    }

    private static boolean isPlaceOf(Manifest manifest, Path directory) {
        var run = directory.getParent();
        return run != null
                && directory.getFileName().toString().equals(name(manifest.epoch()))
                && run.getFileName().toString().equals(manifest.runId());
    }

    private static Path announced(Path directory, String sha256) {
        var manifest = Manifest.read(directory);
        for (var name : List.of(Manifest.MODEL, Manifest.AVERAGED)) {
            var entry = manifest.files().get(name);
            if (entry != null && entry.sha256().equals(sha256)) {
                return directory.resolve(name);
            }
        }
        throw new CheckpointException(
                Reason.ALTERED,
                "checkpoint %s has no weights with SHA-256 %s; it lists %s"
                        .formatted(directory, sha256, manifest.files()));
    }

    private static NamedTensors verified(Path directory, String name, Manifest manifest) {
        var entry = manifest.files().get(name);
        if (entry == null) {
            throw new CheckpointException(Reason.MISSING, "%s has no %s".formatted(directory, name));
        }
        return verified(directory.resolve(name), entry.sha256());
    }

    private static NamedTensors verified(Path file, String sha256) {
        Safetensors.Contents contents;
        try {
            contents = Safetensors.read(file);
        } catch (CheckpointException e) {
            // A wrong checksum explains the failure better than the rule of the format that is broken.
            requireSum(file, sha256, e);
            throw e;
        }
        if (!contents.sha256().equals(sha256)) {
            throw altered(file, sha256, contents.sha256());
        }
        return contents.tensors();
    }

    private static void requireSum(Path file, String expected, CheckpointException cause) {
        if (cause.reason() == Reason.MISSING || !Files.isRegularFile(file)) {
            return;
        }
        try {
            var found = Sha256.of(file);
            if (!found.equals(expected)) {
                throw altered(file, expected, found);
            }
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private static CheckpointException altered(Path file, String expected, String found) {
        return new CheckpointException(
                Reason.ALTERED,
                "%s is not the file that was announced: expected SHA-256 %s, found %s. Restore it, or go back to an earlier epoch"
                        .formatted(file, expected, found));
    }

    private List<Integer> epochs(String runId) {
        var epochs = new ArrayList<Integer>();
        try (var found = Files.newDirectoryStream(runDirectory(runId))) {
            for (var directory : found) {
                var name = EPOCH.matcher(directory.getFileName().toString());
                if (name.matches()) {
                    epochs.add(Integer.valueOf(name.group(1)));
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (DirectoryIteratorException | IOException e) {
            throw new CheckpointException(
                    Reason.UNREADABLE, "the checkpoints of run %s cannot be listed: %s".formatted(runId, e), e);
        }
        return epochs;
    }

    private StoredCheckpoint stored(Path directory, Manifest manifest) {
        var averaged = manifest.files().get(Manifest.AVERAGED);
        var model = manifest.files().get(Manifest.MODEL);
        if (model == null) {
            throw new AssertionError("a manifest lists the model");
        }
        return new StoredCheckpoint(
                manifest.runId(),
                manifest.epoch(),
                location(directory),
                model.sha256(),
                averaged == null ? null : averaged.sha256());
    }

    /** URI without the slash that Java appends if the directory exists. */
    private static URI location(Path directory) {
        return URI.create(directory.toUri().toString().replaceAll("/$", ""));
    }

    private Path directory(String runId, int epoch) {
        if (epoch < 0) {
            throw new CheckpointException(Reason.REFUSED, "epoch %d is negative".formatted(epoch));
        }
        return runDirectory(runId).resolve(name(epoch));
    }

    private Path runDirectory(String runId) {
        if (!RUN_ID.matcher(runId).matches()) {
            throw new CheckpointException(
                    Reason.REFUSED,
                    "run id %s is refused: expected 1 to 200 letters, digits, dots, underscores and hyphens, not starting with a dot"
                            .formatted(runId));
        }
        return root.resolve(runId);
    }

    private static String name(int epoch) {
        return "epoch-%04d".formatted(epoch);
    }
}
