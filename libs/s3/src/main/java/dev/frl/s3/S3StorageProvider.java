package dev.frl.s3;

import dev.frl.checkpoint.storage.ObjectStorage;
import dev.frl.checkpoint.storage.ObjectStorageProvider;
import java.net.URI;
import java.util.Map;

/** Opens {@code s3://bucket/prefix}. */
public final class S3StorageProvider implements ObjectStorageProvider {
    @Override
    public String scheme() {
        return "s3";
    }

    @Override
    public ObjectStorage open(URI root, Map<String, String> environment) {
        return new S3Storage(S3Root.of(root), S3Settings.of(environment));
    }
}
