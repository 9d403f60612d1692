package dev.frl.checkpoint;

import dev.frl.checkpoint.storage.ObjectStorage;
import dev.frl.checkpoint.storage.ObjectStorageProvider;
import dev.frl.engine.net.NamedTensors;
import java.io.File;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes to one place, and reads each location by the adapter of its scheme. */
final class RoutedCheckpoints implements Checkpoints {
    private static final Pattern OBJECT_STORE = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+)://.*");
    /** The separator of PATH, where it does not belong to the scheme of a URI. */
    private static final Pattern SEPARATOR = Pattern.compile("(?<![A-Za-z0-9+.-])" + Pattern.quote(File.pathSeparator)
            + "|" + Pattern.quote(File.pathSeparator) + "(?!//)");

    private final Checkpoints written;
    private final @Nullable Checkpoints folders;
    private final @Nullable Checkpoints stores;

    private RoutedCheckpoints(Checkpoints written, @Nullable Checkpoints folders, @Nullable Checkpoints stores) {
        this.written = written;
        this.folders = folders;
        this.stores = stores;
    }

    static Checkpoints open(String root, String readable, Map<String, String> environment) {
        var folders = new ArrayList<Path>();
        var stores = new ArrayList<ObjectStorage>();
        var places = new ArrayList<>(List.of(root));
        places.addAll(SEPARATOR
                .splitAsStream(readable)
                .filter(entry -> !entry.isBlank())
                .toList());
        for (var place : places) {
            var store = OBJECT_STORE.matcher(place);
            if (store.matches()) {
                stores.add(store(store.group(1), place, environment));
            } else {
                folders.add(Path.of(place));
            }
        }
        var signing = Signing.from(environment);
        var inFolders = folders.isEmpty()
                ? null
                : new CheckpointStore(folders.get(0), List.copyOf(folders.subList(1, folders.size())), signing);
        var inStores = stores.isEmpty()
                ? null
                : new ObjectCheckpoints(stores.get(0), List.copyOf(stores.subList(1, stores.size())), signing);
        var written = OBJECT_STORE.matcher(root).matches() ? inStores : inFolders;
        if (written == null) {
            throw new AssertionError("the root is one of the places");
        }
        return new RoutedCheckpoints(written, inFolders, inStores);
    }

    private static ObjectStorage store(String scheme, String place, Map<String, String> environment) {
        var present = new TreeSet<String>();
        for (var provider : ServiceLoader.load(ObjectStorageProvider.class)) {
            present.add(provider.scheme() + "://");
            if (provider.scheme().equals(scheme.toLowerCase(Locale.ROOT))) {
                try {
                    return provider.open(URI.create(place), environment);
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(
                            String.format(Locale.ROOT, "checkpoints in %s: %s", place, e.getMessage()), e);
                }
            }
        }
        throw new IllegalArgumentException(String.format(
                Locale.ROOT, "checkpoints in %s: expected a folder or one of the object stores %s", place, present));
    }

    /** The adapter that reads this location. */
    private Checkpoints reader(URI location) {
        boolean file = location.getScheme() == null || location.getScheme().equalsIgnoreCase("file");
        var reader = file ? folders : stores;
        if (reader == null) {
            throw Locations.refused(
                    location,
                    String.format(Locale.ROOT, "no %s is configured to read from", file ? "folder" : "object store"));
        }
        return reader;
    }

    @Override
    public void requireUsable() {
        if (folders != null) {
            folders.requireUsable();
        }
        if (stores != null) {
            stores.requireUsable();
        }
    }

    @Override
    public Optional<String> absent() {
        return stores == null && folders != null ? folders.absent() : Optional.empty();
    }

    @Override
    public StoredCheckpoint write(String runId, int epoch, Checkpoint checkpoint) {
        return written.write(runId, epoch, checkpoint);
    }

    @Override
    public Optional<StoredCheckpoint> latest(String runId, int atMost) {
        return written.latest(runId, atMost);
    }

    @Override
    public List<StoredCheckpoint> list(String runId) {
        return written.list(runId);
    }

    @Override
    public List<Integer> epochs(String runId) {
        return written.epochs(runId);
    }

    @Override
    public Optional<StoredCheckpoint> find(String runId, int epoch) {
        return written.find(runId, epoch);
    }

    @Override
    public Checkpoint read(String runId, int epoch) {
        return written.read(runId, epoch);
    }

    @Override
    public boolean delete(String runId, int epoch) {
        return written.delete(runId, epoch);
    }

    @Override
    public NamedTensors loadModel(URI location, String sha256) {
        return reader(location).loadModel(location, sha256);
    }

    @Override
    public Safetensors.Contents readWeights(URI location) {
        return reader(location).readWeights(location);
    }
}
