package dev.frl.checkpoint.storage;

import java.net.URI;
import java.util.Map;

/** Opens object stores of one scheme. Found by {@link java.util.ServiceLoader}. */
public interface ObjectStorageProvider {
    /** Scheme of the URIs, in lower case. */
    String scheme();

    /**
     * Opens a store; does not connect yet.
     *
     * @param root URI with {@link #scheme}
     * @param environment environment variables with the settings
     * @throws IllegalArgumentException if root or a setting is invalid; the message names the setting
     */
    ObjectStorage open(URI root, Map<String, String> environment);
}
