package dev.frl.checkpoint;

import dev.frl.checkpoint.CheckpointException.Reason;
import dev.frl.checkpoint.storage.ObjectStorage;
import dev.frl.engine.net.NamedTensors;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;

/**
 * Checkpoints in an object store:
 *
 * <pre>
 *   ROOT/RUN_ID/epoch-0007/model-0123456789abcdef.safetensors       weights, as a PyTorch state dict
 *                          optimizer-0123456789abcdef.safetensors
 *                          averaged-0123456789abcdef.safetensors    only if the run averages
 *                          checkpoint-0123456789abcdef.sig          only if checkpoints are signed, see {@link Signing}
 *                          checkpoint.json                          see {@link Manifest}; written last
 * </pre>
 *
 * <p>A checkpoint without its manifest does not exist. The name of a file contains the beginning of its SHA-256, so a writer
 * never replaces a file by other content, even if two trainers write different checkpoints for one epoch at the same time. Of two
 * manifests the store keeps the first.
 *
 * <p>Files travel through a temporary folder on this machine, which holds one checkpoint at most.
 */
final class ObjectCheckpoints implements Checkpoints {
    private static final String SUFFIX = ".safetensors";
    /** Hex digits of the checksum in a name. The manifest has them all. */
    private static final int DIGITS = 16;

    private final ObjectStorage storage;
    private final List<ObjectStorage> readable;
    private final Signing signing;

    /**
     * @param storage to which checkpoints are written
     * @param further from which {@link #loadModel} and {@link #readWeights} may read as well
     */
    ObjectCheckpoints(ObjectStorage storage, List<ObjectStorage> further) {
        this(storage, further, Signing.NONE);
    }

    ObjectCheckpoints(ObjectStorage storage, List<ObjectStorage> further, Signing signing) {
        this.signing = signing;
        this.storage = storage;
        var all = new ArrayList<>(further);
        all.add(0, storage);
        this.readable = List.copyOf(all);
    }

    /** An object that may be read. */
    private record Place(ObjectStorage storage, String key, String name) {
        Place child(String file) {
            return new Place(storage, key + "/" + file, name + "/" + file);
        }

        String lastSegment() {
            return key.substring(key.lastIndexOf('/') + 1);
        }
    }

    @Override
    public void requireUsable() {
        for (var place : readable) {
            try {
                place.requireUsable();
            } catch (IOException e) {
                throw new CheckpointException(
                        Reason.UNREADABLE,
                        String.format(
                                Locale.ROOT, "checkpoints in %s cannot be used: %s", place.root(), e.getMessage()),
                        e);
            }
        }
    }

    @Override
    public StoredCheckpoint write(String runId, int epoch, Checkpoint checkpoint) {
        var place = place(runId, epoch);
        try (var local = TemporaryFolder.create()) {
            var manifest = save(local, runId, epoch, checkpoint);
            sign(place, manifest, local);
            if (!keepsExisting(place, manifest, local)) {
                for (var file : manifest.files().entrySet()) {
                    var name = objectName(file.getKey(), file.getValue().sha256());
                    storage.put(place.child(name).key(), local.resolve(file.getKey()));
                }
                publish(place, manifest, local);
            }
            return stored(manifest);
        } catch (IOException e) {
            throw new CheckpointException(
                    Reason.NOT_WRITTEN,
                    String.format(Locale.ROOT, "checkpoint %s could not be written: %s", place.name(), e.getMessage()),
                    e);
        }
    }

    /** Its name follows from what is signed, so it is the same for each writer of the same checkpoint. */
    private void sign(Place place, Manifest manifest, TemporaryFolder local) throws IOException {
        if (signing.signs()) {
            var file = local.resolve(Signing.NAME);
            Files.write(file, signing.sign(manifest));
            storage.put(place.child(signatureName(manifest)).key(), file);
        }
    }

    private static String signatureName(Manifest manifest) {
        var digest = Sha256.digest();
        digest.update(Signing.payload(manifest));
        return String.format(
                Locale.ROOT, "checkpoint-%s.sig", Sha256.hex(digest).substring(0, DIGITS));
    }

    private void requireTrusted(Place place, Manifest manifest) {
        if (!signing.verifies()) {
            return;
        }
        var file = place.child(signatureName(manifest));
        byte[] signature = null;
        try {
            signature = file.storage().read(file.key(), Signing.LIMIT_BYTES);
        } catch (NoSuchFileException e) {
            // not signed
        } catch (IOException e) {
            throw unreadable(file.name(), e);
        }
        signing.requireTrusted(manifest, signature, place.name());
    }

    /** With trusted keys, every file of weights must be one of a signed checkpoint, whatever message names it. */
    private void requireListed(Place file, String sha256) {
        if (!signing.verifies()) {
            return;
        }
        int slash = file.key().lastIndexOf('/');
        if (slash < 0) {
            throw Signing.unsigned(file.name());
        }
        var place = new Place(
                file.storage(),
                file.key().substring(0, slash),
                file.name().substring(0, file.name().lastIndexOf('/')));
        Manifest manifest;
        try {
            manifest = manifest(place);
        } catch (CheckpointException e) {
            if (e.reason() == Reason.MISSING) {
                throw Signing.unsigned(file.name());
            }
            throw e;
        }
        requireTrusted(place, manifest);
        boolean listed = manifest.files().entrySet().stream()
                .anyMatch(entry -> entry.getValue().sha256().equals(sha256)
                        && objectName(entry.getKey(), sha256).equals(file.lastSegment()));
        if (!listed) {
            throw Signing.unsigned(file.name());
        }
    }

    /** The checkpoint appears with its manifest. */
    private void publish(Place place, Manifest manifest, TemporaryFolder local) throws IOException {
        var key = place.child(Manifest.NAME).key();
        var json = manifest.toBytes();
        if (!storage.create(key, json) && !keepsExisting(place, manifest, local)) {
            storage.put(key, json); // in the place of a damaged one
        }
    }

    private static Manifest save(TemporaryFolder local, String runId, int epoch, Checkpoint checkpoint)
            throws IOException {
        var files = new HashMap<String, Manifest.Entry>();
        try {
            files.put(Manifest.MODEL, save(local.resolve(Manifest.MODEL), checkpoint.model()));
            files.put(Manifest.OPTIMIZER, save(local.resolve(Manifest.OPTIMIZER), checkpoint.optimizer()));
            if (checkpoint.averaged().isPresent()) {
                files.put(
                        Manifest.AVERAGED,
                        save(
                                local.resolve(Manifest.AVERAGED),
                                checkpoint.averaged().get()));
            }
        } catch (IOException e) {
            throw TemporaryFolder.explained(e);
        }
        return Manifest.of(runId, epoch, checkpoint.provenance(), files);
    }

    private static Manifest.Entry save(Path file, NamedTensors tensors) throws IOException {
        var digest = Sha256.digest();
        try (var out = new DigestOutputStream(new BufferedOutputStream(Files.newOutputStream(file)), digest)) {
            Safetensors.write(tensors, CheckpointStore.PYTORCH, out);
        }
        return new Manifest.Entry(Files.size(file), Sha256.hex(digest));
    }

    /**
     * Whether the same checkpoint exists already.
     *
     * @return false if there is none, or a damaged one
     * @throws CheckpointException CONFLICT if another, undamaged one exists
     */
    private boolean keepsExisting(Place place, Manifest manifest, TemporaryFolder local) throws IOException {
        var existing = complete(place, storage.list(place.key() + "/"));
        if (existing.isEmpty() || !isSound(place, existing.get(), local)) {
            return false;
        }
        if (existing.get().sameButForTime(manifest)) {
            return true;
        }
        throw new CheckpointException(
                Reason.CONFLICT,
                String.format(
                        Locale.ROOT,
                        "checkpoint %s exists already, with other content: is another trainer working on this run? A checkpoint is never overwritten; move it away if you do not need it",
                        place.name()));
    }

    private boolean isSound(Place place, Manifest manifest, TemporaryFolder local) throws IOException {
        var copy = local.resolve("existing");
        for (var file : manifest.files().entrySet()) {
            var entry = file.getValue();
            try {
                storage.fetch(
                        place.child(objectName(file.getKey(), entry.sha256())).key(), copy, entry.bytes());
            } catch (NoSuchFileException e) {
                return false;
            }
            if (!Sha256.of(copy).equals(entry.sha256())) {
                return false;
            }
        }
        return true;
    }

    @Override
    public Optional<StoredCheckpoint> latest(String runId, int atMost) {
        var objects = objects(storage, CheckpointNames.run(runId));
        return epochs(runId, objects).stream()
                .filter(epoch -> epoch <= atMost)
                .sorted(Comparator.reverseOrder())
                .flatMap(epoch -> find(runId, epoch, objects).stream())
                .findFirst();
    }

    @Override
    public List<StoredCheckpoint> list(String runId) {
        var objects = objects(storage, CheckpointNames.run(runId));
        return epochs(runId, objects).stream()
                .flatMap(epoch -> find(runId, epoch, objects).stream())
                .toList();
    }

    @Override
    public List<Integer> epochs(String runId) {
        return epochs(storage, CheckpointNames.run(runId));
    }

    @Override
    public Optional<StoredCheckpoint> find(String runId, int epoch) {
        return find(runId, epoch, objects(storage, place(runId, epoch).key()));
    }

    private Optional<StoredCheckpoint> find(String runId, int epoch, SortedMap<String, Long> objects) {
        var place = place(runId, epoch);
        try {
            var found = complete(place, objects);
            found.ifPresent(manifest -> requireTrusted(place, manifest));
            return found.map(this::stored);
        } catch (IOException e) {
            throw unreadable(place.name(), e);
        }
    }

    /** The manifest, if it is valid and every listed file has the listed size. */
    private Optional<Manifest> complete(Place place, Map<String, Long> objects) throws IOException {
        var json = place.child(Manifest.NAME);
        var size = objects.get(json.key());
        if (size == null || size > Manifest.LIMIT_BYTES) {
            return Optional.empty();
        }
        Manifest manifest;
        try {
            manifest = Manifest.parse(storage.read(json.key(), Manifest.LIMIT_BYTES), json.name());
        } catch (CheckpointException | NoSuchFileException e) {
            return Optional.empty();
        }
        boolean whole = manifest.files().entrySet().stream().allMatch(file -> {
            var key = place.child(objectName(file.getKey(), file.getValue().sha256()))
                    .key();
            return Long.valueOf(file.getValue().bytes()).equals(objects.get(key));
        });
        return whole && isOf(manifest, place) ? Optional.of(manifest) : Optional.empty();
    }

    private static boolean isOf(Manifest manifest, Place place) {
        return place.key()
                .equals(CheckpointNames.run(manifest.runId()) + "/" + CheckpointNames.epoch(manifest.epoch()));
    }

    @Override
    public Checkpoint read(String runId, int epoch) {
        var place = place(runId, epoch);
        var manifest = manifest(place);
        manifest.requireOf(
                runId, CheckpointNames.epoch(epoch), place.child(Manifest.NAME).name());
        requireTrusted(place, manifest);
        return new Checkpoint(
                manifest.provenance(),
                verified(place, Manifest.MODEL, manifest),
                verified(place, Manifest.OPTIMIZER, manifest),
                Optional.ofNullable(manifest.files().get(Manifest.AVERAGED))
                        .map(entry -> verified(place, Manifest.AVERAGED, manifest)));
    }

    private static NamedTensors verified(Place place, String file, Manifest manifest) {
        var sha256 = manifest.file(file).sha256();
        return verified(place.child(objectName(file, sha256)), sha256);
    }

    @Override
    public boolean delete(String runId, int epoch) {
        var place = place(runId, epoch);
        try {
            var keys = new ArrayList<>(storage.list(place.key() + "/").keySet());
            var manifest = place.child(Manifest.NAME).key();
            if (keys.remove(manifest)) {
                storage.delete(manifest); // first: now the checkpoint does not exist
                keys.add(0, manifest);
            }
            for (var key : keys) {
                storage.delete(key);
            }
            return !keys.isEmpty();
        } catch (IOException e) {
            throw new CheckpointException(
                    Reason.NOT_WRITTEN,
                    String.format(Locale.ROOT, "checkpoint %s could not be deleted: %s", place.name(), e.getMessage()),
                    e);
        }
    }

    @Override
    public NamedTensors loadModel(URI location, String sha256) {
        CheckpointNames.requireSha256(sha256);
        return told(location, place -> load(place, sha256));
    }

    private NamedTensors load(Place found, String sha256) {
        var place = found;
        if (CheckpointNames.epochOf(place.lastSegment()).isPresent()) {
            var file = manifest(place).announced(sha256, place.name());
            place = place.child(objectName(file, sha256));
        }
        requireListed(place, sha256);
        return verified(place, sha256);
    }

    @Override
    public Safetensors.Contents readWeights(URI location) {
        return told(location, this::weights);
    }

    private Safetensors.Contents weights(Place place) {
        var contents = fetched(place, copy -> Safetensors.read(copy, place.name(), Safetensors.Limits.DEFAULT));
        requireListed(place, contents.sha256());
        return contents;
    }

    private <T> T told(URI location, Function<Place, T> reading) {
        var place = resolve(location);
        try {
            return reading.apply(place);
        } catch (CheckpointException e) {
            throw CheckpointNames.whyMissing(e, location, run -> {
                var folder = resolve(run);
                return epochs(folder.storage(), folder.key());
            });
        }
    }

    private static NamedTensors verified(Place place, String sha256) {
        return fetched(place, copy -> VerifiedWeights.read(copy, place.name(), sha256));
    }

    private interface Reader<T> {
        T read(Path copy);
    }

    private static <T> T fetched(Place place, Reader<T> reader) {
        try (var local = TemporaryFolder.create()) {
            var copy = local.resolve("copy");
            place.storage().fetch(place.key(), copy, Safetensors.Limits.DEFAULT.fileBytes());
            return reader.read(copy);
        } catch (NoSuchFileException e) {
            throw missing(place, e);
        } catch (IOException e) {
            throw unreadable(place.name(), e);
        }
    }

    private static Manifest manifest(Place place) {
        var json = place.child(Manifest.NAME);
        try {
            return Manifest.parse(json.storage().read(json.key(), Manifest.LIMIT_BYTES), json.name());
        } catch (NoSuchFileException e) {
            throw missing(json, e);
        } catch (IOException e) {
            throw unreadable(json.name(), e);
        }
    }

    /**
     * Finds the object that a location names. Refused are locations outside of the configured stores.
     *
     * @throws CheckpointException REFUSED
     */
    private Place resolve(URI location) {
        var path = Locations.parse(location.toString()).getPath();
        if (path.contains("//") || path.endsWith("/")) {
            throw Locations.refused(location, "it must not contain empty names");
        }
        for (var place : readable) {
            var root = place.root();
            var below = root.getPath() + "/";
            if (scheme(location).equals(scheme(root))
                    && root.getRawAuthority().equals(location.getRawAuthority())
                    && path.startsWith(below)) {
                return new Place(place, path.substring(below.length()), location.toString());
            }
        }
        throw Locations.refused(
                location,
                String.format(
                        Locale.ROOT,
                        "it lies outside of the stores for checkpoints, %s",
                        readable.stream().map(ObjectStorage::root).toList()));
    }

    private static String scheme(URI uri) {
        return uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    }

    private static SortedMap<String, Long> objects(ObjectStorage storage, String folder) {
        try {
            return storage.list(folder + "/");
        } catch (IOException e) {
            throw unreadable(storage.root() + "/" + folder, e);
        }
    }

    /** Epochs with any object in the folder of a run, in order. */
    private static List<Integer> epochs(ObjectStorage storage, String folder) {
        return epochs(folder, objects(storage, folder));
    }

    private static List<Integer> epochs(String folder, SortedMap<String, Long> objects) {
        return objects.keySet().stream()
                .map(key -> key.substring(folder.length() + 1).split("/"))
                .filter(names -> names.length == 2)
                .flatMap(names -> CheckpointNames.epochOf(names[0]).stream().boxed())
                .distinct()
                .sorted()
                .toList();
    }

    private StoredCheckpoint stored(Manifest manifest) {
        var place = place(manifest.runId(), manifest.epoch());
        return StoredCheckpoint.of(manifest, URI.create(place.name()), ObjectCheckpoints::objectName);
    }

    /** {@code model.safetensors} becomes {@code model-0123456789abcdef.safetensors}. */
    private static String objectName(String file, String sha256) {
        var stem = file.substring(0, file.length() - SUFFIX.length());
        return stem + "-" + sha256.substring(0, DIGITS) + SUFFIX;
    }

    private Place place(String runId, int epoch) {
        var key = CheckpointNames.run(runId) + "/" + CheckpointNames.epoch(epoch);
        return new Place(storage, key, storage.root() + "/" + key);
    }

    private static CheckpointException missing(Place place, NoSuchFileException e) {
        return new CheckpointException(
                Reason.MISSING,
                String.format(Locale.ROOT, "%s is missing: nothing of this name is in the store", place.name()),
                e);
    }

    private static CheckpointException unreadable(String name, IOException e) {
        return new CheckpointException(
                Reason.UNREADABLE, String.format(Locale.ROOT, "%s cannot be read: %s", name, e.getMessage()), e);
    }
}
