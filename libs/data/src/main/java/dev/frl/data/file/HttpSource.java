package dev.frl.data.file;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Authenticator;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Files below one URL. A download is written to {@code NAME.part}; an interrupted download is resumed by this call or a later
 * one. The content's checksum decides.
 *
 * <p>{@link HttpURLConnection} is used, not the newer client, because only it has a read timeout.
 */
public final class HttpSource implements DataSource {
    private static final String TUNNEL_WITHOUT = "jdk.http.auth.tunneling.disabledSchemes";

    static {
        // Java sends no password to a proxy that tunnels, unless told so before the first connection.
        if (System.getProperty(TUNNEL_WITHOUT) == null) {
            System.setProperty(TUNNEL_WITHOUT, "");
        }
    }

    private static final int BUFFER = 1 << 16;
    /** gzip adds little to content that it cannot compress; a longer file is not the published one. */
    private static final long OVERHEAD_BYTES = 1 << 20;

    private static final int TRIES = 4;
    private static final int REDIRECTS = 5;
    private static final int FIRST_BYTES = 512;
    private static final long BYTES_BETWEEN_REPORTS = 1 << 18;

    /** A server that is busy may answer a later try. */
    private static final List<Integer> BUSY = List.of(408, 429, 500, 502, 503, 504);

    private final String name;
    private final URI base;
    private final String credentials;
    private final Duration timeout;
    private final Duration pause;
    private final Proxies proxies;

    /** @param base URL that ends in a slash; file names are appended */
    public HttpSource(String name, URI base) {
        this(name, base, "");
    }

    /** @param credentials {@code USER:PASSWORD} for the host of the base; empty if it asks for none */
    public HttpSource(String name, URI base, String credentials) {
        this(name, base, credentials, Duration.ofSeconds(20), Duration.ofSeconds(2), new Proxies(System.getenv()));
    }

    /** @param pause after the first answer of a busy server; after every further one it is twice as long */
    HttpSource(String name, URI base, String credentials, Duration timeout, Duration pause, Proxies proxies) {
        this.name = name;
        this.base = base;
        this.credentials = credentials;
        this.timeout = timeout;
        this.pause = pause;
        this.proxies = proxies;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void fetch(List<DataFile> files, Path folder, Progress progress) throws IOException, InterruptedException {
        for (var file : files) {
            fetch(file, folder, progress);
        }
    }

    private void fetch(DataFile file, Path folder, Progress progress) throws IOException, InterruptedException {
        var part = folder.resolve(file.name() + ".part");
        boolean resumed = download(file, part, progress);
        var check = file.check(part);
        if (!check.ok() && resumed) {
            // The beginning may belong to another file, or the server sent another rest: once more from the start.
            Files.delete(part);
            download(file, part, progress);
            check = file.check(part);
        }
        if (!check.ok()) {
            char first = firstCharacter(part);
            Files.delete(part);
            if (first == '<' || first == '{') {
                throw new IOException(String.format(
                        Locale.ROOT,
                        "%s is a %s instead of the file, as the login of a network or a proxy's error sends it: open"
                                + " that address in a browser",
                        base.resolve(file.name()),
                        first == '<' ? "web page" : "message in JSON"));
            }
            throw new IOException(String.format(
                    Locale.ROOT,
                    "%s is not the published file: expected content with SHA-256 %s, found %s",
                    base.resolve(file.name()),
                    check.expected(),
                    check.found()));
        }
        place(part, folder.resolve(file.name()));
    }

    /** After white space and a byte order mark. No file of a data set begins as text does. */
    private static char firstCharacter(Path part) throws IOException {
        try (var in = Files.newInputStream(part)) {
            var begin = new String(in.readNBytes(FIRST_BYTES), StandardCharsets.UTF_8)
                    .replace("\uFEFF", "")
                    .strip();
            return begin.isEmpty() ? ' ' : begin.charAt(0);
        }
    }

    /** Gives a verified file its name: content to disk first, then one atomic move. */
    static void place(Path verified, Path file) throws IOException {
        try (var channel = FileChannel.open(verified, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(verified, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** @return whether a part was there before any of the tries */
    private boolean download(DataFile file, Path part, Progress progress) throws IOException, InterruptedException {
        boolean resumed = false;
        for (int tried = 1; ; tried++) {
            try {
                resumed |= Files.exists(part);
                downloadRest(file, part, progress);
                return resumed;
            } catch (RefusedException e) {
                throw e;
            } catch (IOException e) {
                if (Files.exists(part) && file.check(part).ok()) {
                    return resumed; // the server promised more than the file has
                }
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
                if (e instanceof BusyException) {
                    Thread.sleep(pause.toMillis() << (tried - 1));
                }
            }
        }
    }

    private void downloadRest(DataFile file, Path part, Progress progress) throws IOException {
        long have = Files.exists(part) ? Files.size(part) : 0;
        var address = base.resolve(file.name());
        for (int redirects = 0; redirects <= REDIRECTS; redirects++) {
            var proxy = proxyFor(address);
            var connection = open(address, have, proxy);
            try {
                int status = status(connection, address, proxy);
                if (status == 416) {
                    // The server has no more bytes: the file is complete or another one. The checksum decides.
                    return;
                }
                if (status >= 300 && status < 400) {
                    address = redirected(address, connection.getHeaderField("Location"), status);
                    continue;
                }
                if (have > 0 && (status == 400 || status == 403 || status == 405 || status == 501)) {
                    // Some servers and proxies refuse ranges instead of sending all of the file.
                    Files.delete(part);
                    throw new IOException(
                            String.format(Locale.ROOT, "%s responded with status %d to a range", address, status));
                }
                if (BUSY.contains(status)) {
                    throw new BusyException(status, proxy);
                }
                if (status < 0) {
                    throw new RefusedException(String.format(
                            Locale.ROOT,
                            "%s does not answer in HTTP%s: %s",
                            address,
                            through(proxy),
                            address.getScheme().equals("http")
                                    ? "if it is an address of TLS, write https"
                                    : "check the address"));
                }
                if (status != 200 && status != 206) {
                    throw new RefusedException(String.format(
                            Locale.ROOT,
                            "%s responded with status %d%s%s",
                            address,
                            status,
                            through(proxy),
                            status == 401 ? "; write user name and password as http://USER:PASSWORD@HOST/PATH" : ""));
                }
                save(connection, address, file, part, status == 206 ? have : 0, progress);
                return;
            } finally {
                connection.disconnect();
            }
        }
        throw new RefusedException(
                String.format(Locale.ROOT, "%s redirects more than %d times", base.resolve(file.name()), REDIRECTS));
    }

    /** Another try would read the same variable. */
    private Optional<Proxies.Choice> proxyFor(URI address) throws RefusedException {
        try {
            return proxies.of(address);
        } catch (IOException e) {
            throw new RefusedException(String.valueOf(e.getMessage()));
        }
    }

    private static void save(
            HttpURLConnection connection, URI address, DataFile file, Path part, long from, Progress progress)
            throws IOException {
        long length = connection.getContentLengthLong();
        long total = length < 0 ? -1 : from + length;
        long limit = file.contentBytes() + OVERHEAD_BYTES;
        if (total > limit) {
            throw new RefusedException(
                    String.format(Locale.ROOT, "%s has %d bytes, expected at most %d", address, total, limit));
        }
        try (var in = connection.getInputStream()) {
            append(in, part, from, total, limit, new Report(file.name(), progress));
        }
    }

    /** The status of the response, with the reason for a failure that a retry would not change. */
    private static int status(HttpURLConnection connection, URI address, Optional<Proxies.Choice> proxy)
            throws IOException {
        int status;
        try {
            status = connection.getResponseCode();
        } catch (SSLException e) {
            throw new RefusedException(String.format(
                    Locale.ROOT,
                    "%s: no secure connection%s (%s). Java trusts the certificates in %s: add the one of your network with"
                            + " keytool, or name another trust store with"
                            + " JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=FILE",
                    address.getHost(),
                    through(proxy),
                    String.valueOf(e.getMessage()).replaceAll("[a-z.]+\\.[A-Za-z]+Exception: ", ""),
                    trustStore()));
        } catch (IOException e) {
            String why = String.valueOf(e.getMessage());
            if (proxy.isPresent() && why.contains("Unable to tunnel through proxy")) {
                status = why.contains(" 407") ? 407 : -1;
                if (status < 0) {
                    throw new RefusedException(
                            String.format(Locale.ROOT, "%s: the %s refuses: %s", address.getHost(), proxy.get(), why));
                }
            } else {
                throw new IOException(reason(e) + through(proxy), e);
            }
        }
        if (status == 407) {
            throw new RefusedException(String.format(
                    Locale.ROOT,
                    "the %s asks for a user name and a password%s: write them into the variable, as"
                            + " http://USER:PASSWORD@HOST:PORT",
                    proxy.map(Proxies.Choice::toString).orElse("proxy"),
                    proxy.flatMap(Proxies.Choice::authorization).isPresent()
                            ? " and does not accept those it got"
                            : ""));
        }
        return status;
    }

    private static String through(Optional<Proxies.Choice> proxy) {
        return proxy.map(p -> " through the " + p).orElse("");
    }

    private static String trustStore() {
        return System.getProperty(
                "javax.net.ssl.trustStore", System.getProperty("java.home") + "/lib/security/cacerts");
    }

    private static URI redirected(URI from, @Nullable String location, int status) throws RefusedException {
        URI to;
        try {
            // Servers leave spaces as they are, though no address may have any.
            to = from.resolve(String.valueOf(location).strip().replace(" ", "%20"));
        } catch (IllegalArgumentException e) {
            to = null;
        }
        if (location == null || to == null || !String.valueOf(to.getScheme()).matches("https?")) {
            throw new RefusedException(String.format(
                    Locale.ROOT, "%s responded with status %d, but with no http or https address", from, status));
        }
        return to;
    }

    private HttpURLConnection open(URI address, long have, Optional<Proxies.Choice> proxy) throws IOException {
        var opened =
                address.toURL().openConnection(proxy.map(Proxies.Choice::proxy).orElse(Proxy.NO_PROXY));
        if (!(opened instanceof HttpURLConnection connection)) {
            throw new RefusedException(String.format(Locale.ROOT, "%s is not an http or https address", address));
        }
        connection.setConnectTimeout((int) timeout.toMillis());
        connection.setReadTimeout((int) timeout.toMillis());
        connection.setUseCaches(false);
        // Redirects are followed here: Java does not follow them from http to https.
        connection.setInstanceFollowRedirects(false);
        // No transfer compression: a download that a proxy compressed cannot be resumed.
        connection.setRequestProperty("Accept-Encoding", "identity");
        proxy.ifPresent(p -> authorize(connection, p));
        if (!credentials.isEmpty() && isOfBase(address)) {
            connection.setRequestProperty("Authorization", Proxies.basic(credentials));
        }
        if (have > 0) {
            connection.setRequestProperty("Range", String.format(Locale.ROOT, "bytes=%d-", have));
        }
        return connection;
    }

    /** Nobody else gets the password, to whom the server may redirect. */
    private boolean isOfBase(URI address) {
        return base.getScheme().equalsIgnoreCase(address.getScheme())
                && base.getHost().equalsIgnoreCase(address.getHost())
                && base.getPort() == address.getPort();
    }

    /** In the request itself; for a tunnel, when the proxy asks, since Java lets no request header into CONNECT. */
    private static void authorize(HttpURLConnection connection, Proxies.Choice proxy) {
        proxy.authorization().ifPresent(basic -> {
            if (proxy.type() == Proxy.Type.SOCKS) {
                Authenticator.setDefault(proxy.authenticator()); // Java asks no other one for SOCKS
                return;
            }
            connection.setRequestProperty("Proxy-Authorization", basic);
            connection.setAuthenticator(proxy.authenticator());
        });
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
                write(out, buffer, read, part);
                report.at(done, total);
            }
            report.at(done, total < 0 ? done : total);
        }
        if (total >= 0 && done < total) {
            throw new IOException(
                    String.format(Locale.ROOT, "the connection was closed after %d of %d bytes", done, total));
        }
    }

    /** A full disk is not the network's fault: it ends the download at once. */
    private static void write(OutputStream out, byte[] buffer, int length, Path part) throws RefusedException {
        try {
            out.write(buffer, 0, length);
        } catch (IOException e) {
            throw new RefusedException(
                    String.format(Locale.ROOT, "%s cannot be written: %s", part, DataFile.reason(e)));
        }
    }

    private static String reason(IOException e) {
        if (e instanceof BusyException) {
            return String.valueOf(e.getMessage());
        }
        return e.getMessage() == null
                ? e.getClass().getSimpleName()
                : String.format(
                        Locale.ROOT, "%s (%s)", e.getMessage(), e.getClass().getSimpleName());
    }

    /** A response that a later try may change. */
    private static final class BusyException extends IOException {
        private static final long serialVersionUID = 1L;

        BusyException(int status, Optional<Proxies.Choice> proxy) {
            super(String.format(Locale.ROOT, "the server responded with status %d%s", status, through(proxy)));
        }
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
            if (bytes != last && (last < 0 || bytes - last >= BYTES_BETWEEN_REPORTS || bytes == total)) {
                last = bytes;
                progress.at(what, bytes, total);
            }
        }
    }
}
