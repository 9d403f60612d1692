package dev.frl.checkpoint.storage;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.SortedMap;

/**
 * Objects below one root of an object store, such as {@code s3://bucket/prefix}. Keys are relative to the root. An object appears
 * whole or not at all, and is visible to every later call. Thread-safe.
 *
 * <p>A failed call has been retried as the store's client is configured. Its {@link IOException} says in one line what is wrong and
 * how to mend it.
 */
public interface ObjectStorage {
    /** Root without a slash at its end. */
    URI root();

    /** Asks the store for its objects. @throws IOException if it does not answer, has no such root, or refuses */
    void requireUsable() throws IOException;

    /** Writes an object, and replaces an older one. */
    void put(String key, Path file) throws IOException;

    /** Writes a small object, and replaces an older one. */
    void put(String key, byte[] content) throws IOException;

    /** Writes a small object unless there is one. Of several callers, one gets true. @return whether it was written */
    boolean create(String key, byte[] content) throws IOException;

    /**
     * Reads a small object.
     *
     * @param atMost size limit in bytes
     * @throws java.nio.file.NoSuchFileException if there is none
     */
    byte[] read(String key, int atMost) throws IOException;

    /**
     * Copies an object to a file, which is replaced.
     *
     * @param atMost size limit in bytes
     * @throws java.nio.file.NoSuchFileException if there is no such object
     */
    void fetch(String key, Path into, long atMost) throws IOException;

    /** Keys that start with this prefix, with the sizes of their objects in bytes. */
    SortedMap<String, Long> list(String prefix) throws IOException;

    /** Deletes an object if there is one. */
    void delete(String key) throws IOException;
}
