package dev.frl.checkpoint;

import dev.frl.checkpoint.storage.ObjectStorage;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** An object store that can fail before each of its operations. */
class InMemoryStorage implements ObjectStorage {
    private final ConcurrentSkipListMap<String, byte[]> objects;
    private final Before before;

    /** Called before each operation with its name and key. */
    interface Before {
        void operation(String name, String key) throws IOException;
    }

    InMemoryStorage() {
        this(new ConcurrentSkipListMap<>(), (name, key) -> {});
    }

    private InMemoryStorage(ConcurrentSkipListMap<String, byte[]> objects, Before before) {
        this.objects = objects;
        this.before = before;
    }

    /** The same objects, seen by another process. */
    InMemoryStorage with(Before other) {
        return new InMemoryStorage(objects, other);
    }

    @Override
    public URI root() {
        return URI.create("mem://bucket/prefix");
    }

    @Override
    public void requireUsable() throws IOException {
        before.operation("list", "");
    }

    @Override
    public void put(String key, Path file) throws IOException {
        put(key, Files.readAllBytes(file));
    }

    @Override
    public void put(String key, byte[] content) throws IOException {
        before.operation("put", key);
        objects.put(key, content.clone());
    }

    @Override
    public boolean create(String key, byte[] content) throws IOException {
        before.operation("create", key);
        return objects.putIfAbsent(key, content.clone()) == null;
    }

    @Override
    public byte[] read(String key, int atMost) throws IOException {
        before.operation("read", key);
        var content = objects.get(key);
        if (content == null) {
            throw new NoSuchFileException(key);
        }
        return limited(content, atMost).clone();
    }

    @Override
    public void fetch(String key, Path into, long atMost) throws IOException {
        Files.write(into, limited(read(key, Integer.MAX_VALUE), atMost));
    }

    private static byte[] limited(byte[] content, long atMost) throws IOException {
        if (content.length > atMost) {
            throw new IOException(
                    String.format(Locale.ROOT, "it has %d bytes, more than the limit of %d", content.length, atMost));
        }
        return content;
    }

    @Override
    public SortedMap<String, Long> list(String prefix) throws IOException {
        before.operation("list", prefix);
        var found = new ConcurrentSkipListMap<String, Long>();
        objects.forEach((key, content) -> {
            if (key.startsWith(prefix)) {
                found.put(key, (long) content.length);
            }
        });
        return found;
    }

    @Override
    public void delete(String key) throws IOException {
        before.operation("delete", key);
        objects.remove(key);
    }
}
