package dev.frl.tracking;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores artifacts of a run through the server's artifact proxy, or directly in a shared folder. MLflow's own Java client would
 * start Python for this.
 */
final class MlflowArtifacts {
    private static final Logger log = LoggerFactory.getLogger(MlflowArtifacts.class);
    private final MlflowSettings settings;
    private final MlflowCalls calls;
    private final Set<String> warned = new HashSet<>();

    MlflowArtifacts(MlflowSettings settings, MlflowCalls calls) {
        this.settings = settings;
        this.calls = calls;
    }

    /**
     * Stores an artifact; replaces an earlier one.
     *
     * @param root artifact_uri of the run
     * @param path path below it, with slashes
     */
    void put(String root, String path, String content) throws RecorderException {
        URI uri = uri(root);
        String scheme = uri.getScheme() == null ? "file" : uri.getScheme();
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        switch (scheme) {
            case "mlflow-artifacts" -> upload(uri, path, bytes);
            case "file" -> write(uri, path, bytes);
            default ->
                notStored(
                        scheme + ":",
                        "start the server with --artifacts-destination instead of --default-artifact-root, so that it stores them for its clients");
        }
    }

    private static URI uri(String root) throws RecorderException {
        try {
            URI uri = URI.create(root.replace(" ", "%20"));
            String path = uri.getPath();
            if (path != null && path.startsWith("/") && path.indexOf('\0') < 0) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw noPlace(root, e);
        }
        throw noPlace(root, null);
    }

    private static RecorderException noPlace(String root, @Nullable Throwable cause) {
        return new RecorderException(
                String.format(
                        Locale.ROOT,
                        "the artifact_uri of a run in MLflow is no URI of a place: %s. Check --artifacts-destination and --default-artifact-root of the server",
                        root.isBlank() ? "empty" : MlflowText.line(root, 200)),
                cause);
    }

    /** Artifacts that this server never takes must not hold up the runs. */
    private void notStored(String what, String fix) {
        if (warned.add(what)) {
            log.atWarn().addKeyValue("artifacts", what).log("reports and tables are not stored: {}", fix);
        }
    }

    private void upload(URI root, String path, byte[] bytes) throws RecorderException {
        // mlflow-artifacts:/EXPERIMENT/RUN/artifacts, or with a host, which may not be that of the tracking server.
        String server = root.getAuthority() == null
                ? settings.trackingUri().toString()
                : settings.trackingUri().getScheme() + "://" + root.getAuthority();
        HttpRequest.Builder request;
        try {
            request = HttpRequest.newBuilder(URI.create(
                    server + "/api/2.0/mlflow-artifacts/artifacts" + root.getRawPath() + "/" + encoded(path)));
        } catch (IllegalArgumentException e) { // such as a host that is none
            throw noPlace(root.toString(), e);
        }
        request.header("Content-Type", path.endsWith(".html") ? "text/html" : "application/json")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(bytes));
        boolean sameServer = root.getAuthority() == null
                || root.getAuthority().equals(settings.trackingUri().getAuthority());
        try {
            calls.put("store " + path, request, sameServer);
        } catch (RecorderException e) {
            if (!e.getMessage().contains("--no-serve-artifacts")) {
                throw e;
            }
            notStored("of a server with --no-serve-artifacts", "start it without this option");
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
            try {
                Files.write(temporary, bytes);
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            throw new RecorderException(
                    String.format(
                            Locale.ROOT,
                            "cannot write artifact %s: %s. Free space or correct the permissions; if the server runs on another machine, start it with --artifacts-destination",
                            file,
                            e),
                    e);
        }
    }
}
