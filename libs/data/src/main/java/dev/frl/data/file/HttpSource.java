package dev.frl.data.file;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Files below one URL. A download is written to {@code NAME.part}; an interrupted download is resumed by this call or a later
 * one. The content's checksum decides.
 *
 * <p>{@link HttpURLConnection} is used, not the newer client, because only it has a read timeout.
 */
public final class HttpSource implements DataSource {
    private static final int BUFFER = 1 << 16;
    /** gzip adds little to content that it cannot compress; a longer file is not the published one. */
    private static final long OVERHEAD_BYTES = 1 << 20;

    private static final int TRIES = 4;
    private static final long BYTES_BETWEEN_REPORTS = 1 << 18;

    private final String name;
    private final URI base;
    private final Duration timeout;

    /** @param base URL that ends in a slash; file names are appended */
    public HttpSource(String name, URI base) {
        this(name, base, Duration.ofSeconds(20));
    }

    HttpSource(String name, URI base, Duration timeout) {
        this.name = name;
        this.base = base;
        this.timeout = timeout;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void fetch(List<DataFile> files, Path folder, Progress progress) throws IOException {
        for (var file : files) {
            fetch(file, folder, progress);
        }
    }

    private void fetch(DataFile file, Path folder, Progress progress) throws IOException {
        var part = folder.resolve(file.name() + ".part");
        boolean resumed = Files.exists(part);
        download(file, part, progress);
        var check = file.check(part);
        if (!check.ok() && resumed) {
            // The rest of an earlier download may belong to another file: download once more from the start.
            Files.delete(part);
            download(file, part, progress);
            check = file.check(part);
        }
        if (!check.ok()) {
            Files.delete(part);
            throw new IOException(String.format(
                    Locale.ROOT,
                    "%s is not the published file: expected content with SHA-256 %s, found %s",
                    base.resolve(file.name()),
                    check.expected(),
                    check.found()));
        }
        place(part, folder.resolve(file.name()));
    }

    /** Gives a verified file its name: content to disk first, then one atomic move. */
    static void place(Path verified, Path file) throws IOException {
        try (var channel = FileChannel.open(verified, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(verified, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void download(DataFile file, Path part, Progress progress) throws IOException {
        for (int tried = 1; ; tried++) {
            try {
                downloadRest(file, part, progress);
                return;
            } catch (RefusedException e) {
                throw e;
            } catch (IOException e) {
                if (tried == TRIES) {
                    throw new IOException(
                            String.format(
                                    Locale.ROOT,
                                    "%s: %s, after %d tries; the next download resumes from what was received",
                                    base.resolve(file.name()),
                                    reason(e),
                                    tried),
                            e);
                }
            }
        }
    }

    private void downloadRest(DataFile file, Path part, Progress progress) throws IOException {
        long have = Files.exists(part) ? Files.size(part) : 0;
        var connection = open(base.resolve(file.name()), have);
        try {
            int status = connection.getResponseCode();
            if (status == 416) {
                // The server has no more bytes: the file is complete or another one. The checksum decides.
                return;
            }
            if (status != 200 && status != 206) {
                throw new RefusedException(
                        String.format(Locale.ROOT, "%s responded with status %d", base.resolve(file.name()), status));
            }
            long from = status == 206 ? have : 0;
            long length = connection.getContentLengthLong();
            long total = length < 0 ? -1 : from + length;
            long limit = file.contentBytes() + OVERHEAD_BYTES;
            if (total > limit) {
                throw new RefusedException(String.format(
                        Locale.ROOT, "%s has %d bytes, expected at most %d", base.resolve(file.name()), total, limit));
            }
            try (var in = connection.getInputStream()) {
                append(in, part, from, total, limit, new Report(file.name(), progress));
            }
        } finally {
            connection.disconnect();
        }
    }

    private HttpURLConnection open(URI address, long have) throws IOException {
        if (!(address.toURL().openConnection() instanceof HttpURLConnection connection)) {
            throw new RefusedException(String.format(Locale.ROOT, "%s is not an http or https address", address));
        }
        connection.setConnectTimeout((int) timeout.toMillis());
        connection.setReadTimeout((int) timeout.toMillis());
        connection.setUseCaches(false);
        // No transfer compression: a download that a proxy compressed cannot be resumed.
        connection.setRequestProperty("Accept-Encoding", "identity");
        if (have > 0) {
            connection.setRequestProperty("Range", String.format(Locale.ROOT, "bytes=%d-", have));
        }
        return connection;
    }

    private static void append(InputStream in, Path part, long from, long total, long limit, Report report)
            throws IOException {
        long done = from;
        try (var out = from > 0
                ? Files.newOutputStream(part, StandardOpenOption.WRITE, StandardOpenOption.APPEND)
                : Files.newOutputStream(part)) {
            var buffer = new byte[BUFFER];
            report.at(done, total);
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                done += read;
                if (done > limit) {
                    throw new RefusedException(
                            String.format(Locale.ROOT, "more than %d bytes arrived for %s", limit, part.getFileName()));
                }
                out.write(buffer, 0, read);
                report.at(done, total);
            }
        }
        if (total >= 0 && done < total) {
            throw new IOException(
                    String.format(Locale.ROOT, "the connection was closed after %d of %d bytes", done, total));
        }
    }

    private static String reason(IOException e) {
        return e.getMessage() == null
                ? e.getClass().getSimpleName()
                : String.format(
                        Locale.ROOT, "%s (%s)", e.getMessage(), e.getClass().getSimpleName());
    }

    /** A response that a retry would not change. */
    private static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    /** Limits progress reports to one per 256 KiB, and always reports the first and the last byte. */
    private static final class Report {
        private final String what;
        private final Progress progress;
        private long last = -1;

        Report(String what, Progress progress) {
            this.what = what;
            this.progress = progress;
        }

        void at(long bytes, long total) {
            if (last < 0 || bytes - last >= BYTES_BETWEEN_REPORTS || bytes == total) {
                last = bytes;
                progress.at(what, bytes, total);
            }
        }
    }
}
