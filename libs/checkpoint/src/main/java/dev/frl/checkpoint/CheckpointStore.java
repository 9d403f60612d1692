package dev.frl.checkpoint;

import dev.frl.checkpoint.AtomicDirectory.Steps;
import dev.frl.checkpoint.CheckpointException.Reason;
import dev.frl.core.failure.FileTrouble;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Longs;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checkpoints in a folder, which may be a volume that several machines share:
 *
 * <pre>
 *   ROOT/RUN_ID/epoch-0007/model.safetensors        weights, as a PyTorch state dict
 *                          optimizer.safetensors
 *                          averaged.safetensors     only if the run averages
 *                          checkpoint.json          see {@link Manifest}
 *                          checkpoint.sig           only if checkpoints are signed, see {@link Signing}
 * </pre>
 *
 * <p>A checkpoint appears whole or not at all, and never changes. If the same checkpoint is written again, for example by a
 * restarted trainer, the first one is kept. Safe for several threads and processes: if two write different checkpoints for one
 * epoch, the second gets an error. Only leftovers of interrupted writes are deleted.
 */
public final class CheckpointStore implements Checkpoints {
    /** Metadata that PyTorch users expect in a file of weights. */
    static final Map<String, String> PYTORCH = Map.of("format", "pt");

    private static final double MEBIBYTE = 1 << 20;

    private final Path root;
    private final List<Path> readable;
    private final Locations locations;
    private final Steps steps;
    private final Signing signing;

    /**
     * @param root folder to which checkpoints are written; created with the first one
     * @param readable further folders from which {@link #loadModel} and {@link #readWeights} may read
     */
    public CheckpointStore(Path root, List<Path> readable) {
        this(root, readable, Steps.NONE, Signing.NONE);
    }

    CheckpointStore(Path root, List<Path> readable, Signing signing) {
        this(root, readable, Steps.NONE, signing);
    }

    CheckpointStore(Path root, List<Path> readable, Steps steps) {
        this(root, readable, steps, Signing.NONE);
    }

    private CheckpointStore(Path root, List<Path> readable, Steps steps, Signing signing) {
        this.signing = signing;
        this.root = root.toAbsolutePath().normalize();
        this.readable = List.copyOf(readable);
        var all = new ArrayList<>(readable);
        all.add(0, this.root);
        this.locations = new Locations(all);
        this.steps = steps;
    }

    @Override
    public StoredCheckpoint write(String runId, int epoch, Checkpoint checkpoint) {
        var target = directory(runId, epoch);
        try {
            prepare(runDirectory(runId));
            var directory = AtomicDirectory.at(target, steps);
            try {
                steps.done("create directory");
                var manifest = fill(directory, runId, epoch, checkpoint);
                if (keepsExisting(target, manifest)) {
                    directory.discard();
                    signExisting(target, manifest);
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
                    Reason.NOT_WRITTEN,
                    String.format(
                            Locale.ROOT,
                            "checkpoint %s could not be written: %s%s",
                            target,
                            FileTrouble.words(e),
                            FileTrouble.isFull(e) ? room(checkpoint) : ""),
                    e);
        }
    }

    /** To be read after the disk is full: how much is missing. */
    private String room(Checkpoint checkpoint) {
        double needed =
                Stream.concat(Stream.of(checkpoint.model(), checkpoint.optimizer()), checkpoint.averaged().stream())
                                .mapToLong(CheckpointStore::bytes)
                                .sum()
                        / MEBIBYTE;
        var keep = "runs keep fewer checkpoints with checkpoints.keep in their spec";
        try {
            return String.format(
                    Locale.ROOT,
                    ". It needs %.2f MiB, and %s has %.2f MiB left; %s",
                    needed,
                    root,
                    Files.getFileStore(root).getUsableSpace() / MEBIBYTE,
                    keep);
        } catch (IOException e) {
            return String.format(Locale.ROOT, ". It needs %.2f MiB in %s; %s", needed, root, keep);
        }
    }

    private static long bytes(NamedTensors tensors) {
        return tensors.asMap().values().stream()
                .mapToLong(tensor -> (long) tensor.size() * (tensor instanceof Longs ? Long.BYTES : Float.BYTES))
                .sum();
    }

    /** It may have been written before checkpoints were signed. This process has just computed the same. */
    private void signExisting(Path target, Manifest manifest) throws IOException {
        if (signing.signs() && !Files.exists(target.resolve(Signing.NAME))) {
            var temporary = Files.createTempFile(target.getParent(), ".signature-", ".tmp");
            try {
                Files.write(temporary, signing.sign(manifest));
                Files.move(temporary, target.resolve(Signing.NAME), StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(temporary);
            }
        }
    }

    @Override
    public Optional<StoredCheckpoint> latest(String runId, int atMost) {
        return epochs(runId).stream()
                .filter(epoch -> epoch <= atMost)
                .sorted(Comparator.reverseOrder())
                .flatMap(epoch -> find(runId, epoch).stream())
                .findFirst();
    }

    @Override
    public Optional<StoredCheckpoint> find(String runId, int epoch) {
        var directory = directory(runId, epoch);
        var found = complete(directory);
        found.ifPresent(manifest -> requireTrusted(directory, manifest));
        return found.map(manifest -> stored(directory, manifest));
    }

    @Override
    public List<StoredCheckpoint> list(String runId) {
        return epochs(runId).stream()
                .flatMap(epoch -> find(runId, epoch).stream())
                .toList();
    }

    @Override
    public boolean delete(String runId, int epoch) {
        var directory = directory(runId, epoch);
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try {
            AtomicDirectory.delete(directory);
            AtomicDirectory.force(runDirectory(runId));
            return true;
        } catch (IOException e) {
            throw new CheckpointException(
                    Reason.NOT_WRITTEN,
                    String.format(
                            Locale.ROOT, "checkpoint %s could not be deleted: %s", directory, FileTrouble.words(e)),
                    e);
        }
    }

    @Override
    public void requireUsable() {
        if (Files.exists(root) && !(Files.isDirectory(root) && Files.isReadable(root))) {
            throw new CheckpointException(
                    Reason.UNREADABLE,
                    String.format(
                            Locale.ROOT,
                            "the folder for checkpoints, %s, is not a folder that this user may read: correct FRL_CHECKPOINTS, or the owner of the volume",
                            root));
        }
    }

    @Override
    public Optional<String> absent() {
        return Files.isDirectory(root) || readable.stream().anyMatch(Files::isDirectory)
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "the folder for checkpoints, %s, is missing: mount the volume to which the trainers write, or correct FRL_CHECKPOINTS",
                        root));
    }

    @Override
    public Checkpoint read(String runId, int epoch) {
        var directory = locations.resolve(location(directory(runId, epoch)));
        var manifest = Manifest.read(directory);
        manifest.requireOf(
                runId,
                CheckpointNames.epoch(epoch),
                directory.resolve(Manifest.NAME).toString());
        requireTrusted(directory, manifest);
        var averaged = Optional.ofNullable(manifest.files().get(Manifest.AVERAGED));
        return new Checkpoint(
                manifest.provenance(),
                verified(directory, Manifest.MODEL, manifest),
                verified(directory, Manifest.OPTIMIZER, manifest),
                averaged.map(entry -> verified(directory, Manifest.AVERAGED, manifest)));
    }

    @Override
    public NamedTensors loadModel(URI location, String sha256) {
        CheckpointNames.requireSha256(sha256);
        return told(location, () -> load(location, sha256));
    }

    private NamedTensors load(URI location, String sha256) {
        var path = locations.resolve(location);
        var file = Files.isDirectory(path) ? announced(path, sha256) : path;
        requireListed(file, sha256);
        return verified(file, sha256);
    }

    @Override
    public Safetensors.Contents readWeights(URI location) {
        return told(location, () -> weights(location));
    }

    private Safetensors.Contents weights(URI location) {
        var file = locations.resolve(location);
        var contents = Safetensors.read(file);
        requireListed(file, contents.sha256());
        return contents;
    }

    private <T> T told(URI location, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (CheckpointException e) {
            throw CheckpointNames.whyMissing(e, location, run -> epochs(locations.resolve(run)));
        }
    }

    private void requireTrusted(Path directory, Manifest manifest) {
        if (signing.verifies()) {
            signing.requireTrusted(manifest, signature(directory), directory.toString());
        }
    }

    private static byte @Nullable [] signature(Path directory) {
        var file = directory.resolve(Signing.NAME);
        try (var in = Files.newInputStream(file)) {
            return in.readNBytes(Signing.LIMIT_BYTES);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw new CheckpointException(
                    Reason.UNREADABLE, String.format(Locale.ROOT, "%s cannot be read: %s", file, e), e);
        }
    }

    /** With trusted keys, every file of weights must be one of a signed checkpoint, whatever message names it. */
    private void requireListed(Path file, String sha256) {
        if (!signing.verifies()) {
            return;
        }
        var directory = file.getParent();
        if (directory == null || !Files.exists(directory.resolve(Manifest.NAME))) {
            throw Signing.unsigned(file.toString());
        }
        var manifest = Manifest.read(directory);
        requireTrusted(directory, manifest);
        var entry = manifest.files().get(file.getFileName().toString());
        if (entry == null || !entry.sha256().equals(sha256)) {
            throw Signing.unsigned(file.toString());
        }
    }

    private void prepare(Path run) throws IOException {
        Files.createDirectories(run);
        AtomicDirectory.force(root);
        steps.done("create run");
        locations.resolve(location(run)); // a run's folder may be a symbolic link to anywhere
        AtomicDirectory.clean(run);
    }

    private Manifest fill(AtomicDirectory directory, String runId, int epoch, Checkpoint checkpoint)
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
        if (signing.signs()) {
            var signature = signing.sign(manifest);
            directory.add(Signing.NAME, out -> out.write(signature));
        }
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
                    String.format(
                            Locale.ROOT,
                            "checkpoint %s exists already, with other content: is another trainer working on this run? A checkpoint is never overwritten; move it away if you do not need it",
                            target));
        }
        Files.move(
                target,
                target.resolveSibling(
                        String.format(Locale.ROOT, ".damaged-%s.%s", target.getFileName(), UUID.randomUUID())));
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
                && manifest.isOf(
                        run.getFileName().toString(), directory.getFileName().toString());
    }

    private static Path announced(Path directory, String sha256) {
        return directory.resolve(Manifest.read(directory).announced(sha256, directory.toString()));
    }

    private static NamedTensors verified(Path directory, String name, Manifest manifest) {
        var entry = manifest.files().get(name);
        if (entry == null) {
            throw new CheckpointException(Reason.MISSING, String.format(Locale.ROOT, "%s has no %s", directory, name));
        }
        return verified(directory.resolve(name), entry.sha256());
    }

    private static NamedTensors verified(Path file, String sha256) {
        return VerifiedWeights.read(file, file.toString(), sha256);
    }

    @Override
    public List<Integer> epochs(String runId) {
        return epochs(runDirectory(runId));
    }

    private static List<Integer> epochs(Path run) {
        var epochs = new TreeSet<Integer>();
        try (var found = Files.newDirectoryStream(run)) {
            for (var directory : found) {
                CheckpointNames.epochOf(directory.getFileName().toString()).ifPresent(epochs::add);
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw unlisted(run, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw unlisted(run, e);
        }
        return List.copyOf(epochs);
    }

    private static CheckpointException unlisted(Path run, IOException e) {
        return new CheckpointException(
                Reason.UNREADABLE,
                String.format(Locale.ROOT, "the checkpoints in %s cannot be listed: %s", run, FileTrouble.words(e)),
                e);
    }

    private static StoredCheckpoint stored(Path directory, Manifest manifest) {
        return StoredCheckpoint.of(manifest, location(directory), (name, sha256) -> name);
    }

    /** URI without the slash that Java appends if the directory exists. */
    private static URI location(Path directory) {
        return URI.create(directory.toUri().toString().replaceAll("/$", ""));
    }

    private Path directory(String runId, int epoch) {
        return runDirectory(runId).resolve(CheckpointNames.epoch(epoch));
    }

    private Path runDirectory(String runId) {
        return root.resolve(CheckpointNames.run(runId));
    }
}
