package dev.frl.checkpoint;

import dev.frl.checkpoint.storage.ObjectStorage;
import java.io.IOException;
import java.net.URI;
import java.util.List;

/** The contract, on an object store. */
public abstract class ObjectCheckpointsContract extends CheckpointsContract {
    /** The store behind the checkpoints. */
    protected abstract ObjectStorage storage();

    private String key(URI object) {
        return object.toString().substring(storage().root().toString().length() + 1);
    }

    @Override
    protected byte[] contentOf(URI file) throws IOException {
        return storage().read(key(file), 1 << 20);
    }

    @Override
    protected void overwrite(URI file, byte[] content) throws IOException {
        storage().put(key(file), content);
    }

    @Override
    protected void remove(URI file) throws IOException {
        storage().delete(key(file));
    }

    @Override
    protected List<String> filesOf(URI checkpoint) throws IOException {
        var folder = key(checkpoint) + "/";
        return storage().list(folder).keySet().stream()
                .map(key -> key.substring(folder.length()))
                .toList();
    }
}
