package dev.frl.s3;

import dev.frl.checkpoint.storage.ObjectStorage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Objects in a bucket. Large files are uploaded in parts, so that a retry repeats one part and not the file. */
final class S3Storage implements ObjectStorage {
    /** Size of a part, and of the largest file that is uploaded whole. S3 allows 5 MiB to 5 GiB, and 10,000 parts. */
    private static final long PART_BYTES = 32L << 20;

    private static final int BUFFER = 1 << 16;
    private static final int PRECONDITION_FAILED = 412;
    private static final int CONFLICT = 409;
    private static final int NOT_IMPLEMENTED = 501;

    private final S3Root root;
    private final S3Client client;
    private final S3Failures failures;
    private final long partBytes;

    S3Storage(S3Root root, S3Settings settings) {
        this(root, settings, PART_BYTES);
    }

    S3Storage(S3Root root, S3Settings settings, long partBytes) {
        this.root = root;
        this.client = settings.client();
        this.failures = new S3Failures(root, settings.store());
        this.partBytes = partBytes;
    }

    @Override
    public URI root() {
        return root.uri();
    }

    @Override
    public void requireUsable() throws IOException {
        var answer = call(
                "list",
                "",
                () -> client.listObjectsV2(request ->
                        request.bucket(root.bucket()).prefix(root.prefix()).maxKeys(1)));
        if (answer.name() == null) {
            throw new IOException(failures.notS3("its list of objects names no bucket"));
        }
    }

    @Override
    public void put(String key, Path file) throws IOException {
        long size = Files.size(file);
        if (size > partBytes) {
            putInParts(key, file, size);
        } else {
            call(
                    "write",
                    key,
                    () -> client.putObject(
                            request -> request.bucket(root.bucket()).key(root.prefix() + key),
                            RequestBody.fromFile(file)));
        }
    }

    @Override
    public void put(String key, byte[] content) throws IOException {
        call(
                "write",
                key,
                () -> client.putObject(
                        request -> request.bucket(root.bucket()).key(root.prefix() + key),
                        RequestBody.fromBytes(content)));
    }

    private void putInParts(String key, Path file, long size) throws IOException {
        var upload = call(
                        "write",
                        key,
                        () -> client.createMultipartUpload(
                                request -> request.bucket(root.bucket()).key(root.prefix() + key)))
                .uploadId();
        try {
            var parts = new ArrayList<CompletedPart>();
            for (long from = 0; from < size; from += partBytes) {
                int number = parts.size() + 1;
                long begin = from;
                long length = Math.min(partBytes, size - from);
                var part = call(
                        "write",
                        key,
                        () -> client.uploadPart(
                                request -> request.bucket(root.bucket())
                                        .key(root.prefix() + key)
                                        .uploadId(upload)
                                        .partNumber(number),
                                RequestBody.fromContentProvider(
                                        () -> part(file, begin, length), length, "application/octet-stream")));
                parts.add(CompletedPart.builder()
                        .partNumber(number)
                        .eTag(part.eTag())
                        .build());
            }
            call(
                    "write",
                    key,
                    () -> client.completeMultipartUpload(request -> request.bucket(root.bucket())
                            .key(root.prefix() + key)
                            .uploadId(upload)
                            .multipartUpload(all -> all.parts(parts))));
        } catch (IOException e) {
            abort(key, upload, e);
            throw e;
        }
    }

    /** The store keeps the parts of an upload that is neither completed nor aborted, and charges for them. */
    private void abort(String key, String upload, IOException after) {
        try {
            client.abortMultipartUpload(request ->
                    request.bucket(root.bucket()).key(root.prefix() + key).uploadId(upload));
        } catch (SdkException e) {
            after.addSuppressed(e);
        }
    }

    /** A part of a file, opened anew for each attempt. */
    private static InputStream part(Path file, long from, long length) {
        try {
            var channel = FileChannel.open(file);
            return new Bounded(Channels.newInputStream(channel.position(from)), length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean create(String key, byte[] content) throws IOException {
        try {
            client.putObject(
                    request -> request.bucket(root.bucket())
                            .key(root.prefix() + key)
                            .ifNoneMatch("*"),
                    RequestBody.fromBytes(content));
            return true;
        } catch (S3Exception e) {
            return switch (e.statusCode()) {
                case PRECONDITION_FAILED, CONFLICT -> false;
                case NOT_IMPLEMENTED -> createUnconditionally(key, content);
                default -> throw failures.of(e, "write", key);
            };
        } catch (SdkException e) {
            throw failures.of(e, "write", key);
        }
    }

    /** For stores without conditional writes. Two callers at the very same time may both get true. */
    private boolean createUnconditionally(String key, byte[] content) throws IOException {
        if (list(key).containsKey(key)) {
            return false;
        }
        put(key, content);
        return true;
    }

    @Override
    public byte[] read(String key, int atMost) throws IOException {
        return call(
                "read",
                key,
                () -> client.getObject(
                        request -> request.bucket(root.bucket()).key(root.prefix() + key), (response, in) -> {
                            requireSize(response, atMost);
                            var bytes = readNBytes(in, atMost);
                            requireWhole(response, bytes.length);
                            return bytes;
                        }));
    }

    @Override
    public void fetch(String key, Path into, long atMost) throws IOException {
        call(
                "read",
                key,
                () -> client.getObject(
                        request -> request.bucket(root.bucket()).key(root.prefix() + key), (response, in) -> {
                            requireSize(response, atMost);
                            requireWhole(response, copy(in, into));
                            return response;
                        }));
    }

    private static void requireSize(GetObjectResponse response, long atMost) {
        if (response.contentLength() == null || response.contentLength() > atMost) {
            throw new UncheckedIOException(new IOException(String.format(
                    Locale.ROOT, "it has %d bytes, more than the limit of %d", response.contentLength(), atMost)));
        }
    }

    /** A connection that is cut looks like the end of the object. */
    private static void requireWhole(GetObjectResponse response, long bytes) {
        if (bytes != response.contentLength()) {
            throw RetryableException.create(String.format(
                    Locale.ROOT, "the connection was cut after %d of %d bytes", bytes, response.contentLength()));
        }
    }

    private static byte[] readNBytes(AbortableInputStream in, int atMost) {
        try {
            return in.readNBytes(atMost);
        } catch (IOException e) {
            throw RetryableException.create("the connection was cut: " + e, e);
        }
    }

    private static long copy(AbortableInputStream in, Path into) {
        try (var out = Files.newOutputStream(into)) {
            var buffer = new byte[BUFFER];
            long bytes = 0;
            for (int read = read(in, buffer); read >= 0; read = read(in, buffer)) {
                out.write(buffer, 0, read);
                bytes += read;
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(new IOException(
                    String.format(
                            Locale.ROOT,
                            "the folder for temporary files, %s, cannot take a copy of it (%s): free space there, or name another with JDK_JAVA_OPTIONS=-Djava.io.tmpdir=FOLDER",
                            into.getParent(),
                            e),
                    e));
        }
    }

    private static int read(AbortableInputStream in, byte[] buffer) {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw RetryableException.create("the connection was cut: " + e, e);
        }
    }

    @Override
    public SortedMap<String, Long> list(String prefix) throws IOException {
        var objects = new TreeMap<String, Long>();
        call("list", prefix, () -> {
            client.listObjectsV2Paginator(
                            request -> request.bucket(root.bucket()).prefix(root.prefix() + prefix))
                    .contents()
                    .forEach(found ->
                            objects.put(found.key().substring(root.prefix().length()), found.size()));
            return objects;
        });
        return objects;
    }

    @Override
    public void delete(String key) throws IOException {
        call(
                "delete",
                key,
                () -> client.deleteObject(
                        request -> request.bucket(root.bucket()).key(root.prefix() + key)));
    }

    private <T> T call(String what, String key, Supplier<T> request) throws IOException {
        try {
            return request.get();
        } catch (SdkException e) {
            throw failures.of(e, what, key);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Ends after a number of bytes. */
    private static final class Bounded extends java.io.FilterInputStream {
        private long left;

        Bounded(InputStream in, long length) {
            super(in);
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int read = super.read(into, offset, (int) Math.min(length, left));
            left -= Math.max(read, 0);
            return read;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
