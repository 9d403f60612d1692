package dev.frl.tracking;

import dev.frl.tracking.MlflowSettings.Credentials;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores artifacts of a run through the server's artifact proxy, or directly in a shared folder. MLflow's own Java client would
 * start Python for this.
 */
final class MlflowArtifacts {
    private static final Logger log = LoggerFactory.getLogger(MlflowArtifacts.class);
    private static final int ATTEMPTS = 5;
    private final MlflowSettings settings;
    private final HttpClient http;
    private final Set<String> warned = new HashSet<>();
    private final Map<String, Integer> attempts = new HashMap<>();

    MlflowArtifacts(MlflowSettings settings) {
        this.settings = settings;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(settings.timeout())
                .build();
    }

    /**
     * Stores an artifact; replaces an earlier one.
     *
     * @param root artifact_uri of the run
     * @param path path below it, with slashes
     */
    void put(String root, String path, String content) throws RecorderException {
        URI uri = URI.create(root.replace(" ", "%20"));
        String scheme = uri.getScheme() == null ? "file" : uri.getScheme();
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        switch (scheme) {
            case "mlflow-artifacts" -> tolerant(uri + "/" + path, () -> upload(uri, path, bytes));
            case "file" -> tolerant(uri + "/" + path, () -> write(uri, path, bytes));
            default -> {
                if (warned.add(scheme)) {
                    log.atWarn()
                            .addKeyValue("artifacts", scheme + ":")
                            .log(
                                    "reports and tables are not stored: start the server with --artifacts-destination instead"
                                            + " of --default-artifact-root, so that it stores them for its clients");
                }
            }
        }
    }

    private interface Attempt {
        void run() throws RecorderException;
    }

    /** An artifact that cannot be stored must not delay the metrics: it is skipped if the server refuses it or fails repeatedly. */
    private void tolerant(String target, Attempt attempt) throws RecorderException {
        try {
            attempt.run();
        } catch (RecorderException e) {
            boolean unreachable = e.getCause() instanceof IOException || e.getCause() instanceof InterruptedException;
            if (e.retryable() && (unreachable || attempts.merge(target, 1, Integer::sum) < ATTEMPTS)) {
                throw e;
            }
            log.atWarn()
                    .addKeyValue("artifact", target)
                    .addKeyValue("reason", e.getMessage())
                    .log("artifact not stored");
        }
    }

    private void upload(URI root, String path, byte[] bytes) throws RecorderException {
        String what = "store " + path;
        // mlflow-artifacts:/EXPERIMENT/RUN/artifacts, or with a host, which may not be that of the tracking server.
        String server = root.getAuthority() == null
                ? settings.trackingUri().toString()
                : settings.trackingUri().getScheme() + "://" + root.getAuthority();
        URI target =
                URI.create(server + "/api/2.0/mlflow-artifacts/artifacts" + root.getRawPath() + "/" + encoded(path));
        var request = HttpRequest.newBuilder(target)
                .timeout(settings.timeout())
                .header("Content-Type", path.endsWith(".html") ? "text/html" : "application/json")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(bytes));
        boolean sameServer = root.getAuthority() == null
                || root.getAuthority().equals(settings.trackingUri().getAuthority());
        if (sameServer) {
            authorize(request);
        }
        try {
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() >= 300) {
                throw MlflowCalls.refused(settings, what, response.statusCode(), response.body(), null);
            }
        } catch (IOException e) {
            throw new RecorderException(
                    String.format(
                            Locale.ROOT,
                            "cannot %s: MLflow at %s cannot be reached (%s). The request is retried.",
                            what,
                            server,
                            e),
                    true,
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RecorderException("interrupted while trying to " + what, true, e);
        }
    }

    private void authorize(HttpRequest.Builder request) {
        Credentials credentials = settings.credentials();
        if (credentials instanceof Credentials.UserAndPassword u) {
            String pair = u.user() + ":" + u.password();
            request.header(
                    "Authorization",
                    "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
        } else if (credentials instanceof Credentials.Token t) {
            request.header("Authorization", "Bearer " + t.token());
        }
    }

    private static String encoded(String path) {
        return Arrays.stream(path.split("/"))
                .map(p -> URLEncoder.encode(p, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }

    private static void write(URI root, String path, byte[] bytes) throws RecorderException {
        Path file = Path.of(root.getPath()).resolve(path);
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder == null) {
                throw new IOException("no folder");
            }
            Files.createDirectories(folder);
            Path temporary = folder.resolve(
                    "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
            Files.write(temporary, bytes);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new RecorderException(
                    String.format(
                            Locale.ROOT,
                            "cannot write artifact %s: %s. If the server runs on another machine, start it with --artifacts-destination.",
                            file,
                            e),
                    false,
                    e);
        }
    }
}
