package dev.frl.tracking;

import dev.frl.tracking.tls.PemTls;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Settings for the connection to MLflow. The environment variables are those of MLflow's own clients.
 *
 * @param trackingUri URL of the server, http or https, with its path prefix and without a slash at the end
 * @param experiment MLflow experiment of all runs
 * @param credentials credentials; null for none
 * @param timeout timeout of every request
 * @param tags additional tags of every run, such as mlflow.source.git.commit
 * @param tls how the server is verified, and the certificate of this client; null for Java's defaults
 */
public record MlflowSettings(
        URI trackingUri,
        String experiment,
        @Nullable Credentials credentials,
        Duration timeout,
        Map<String, String> tags,
        @Nullable Tls tls) {
    public static final String EXPERIMENT = "frl";
    public static final Duration TIMEOUT = Duration.ofSeconds(30);

    public MlflowSettings {
        tags = Map.copyOf(tags);
        String scheme = trackingUri.getScheme();
        if (trackingUri.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
            throw new IllegalArgumentException("MLFLOW_TRACKING_URI is " + withoutUser(trackingUri)
                    + "; it must be a server such as http://127.0.0.1:5000."
                    + " Runs are recorded over HTTP, so a database or folder needs `mlflow server` in front of it.");
        }
        if (trackingUri.getUserInfo() != null) {
            throw new IllegalArgumentException(
                    "MLFLOW_TRACKING_URI " + withoutUser(trackingUri)
                            + " contains a user or password; put them into MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.");
        }
    }

    /** The same with Java's defaults for TLS. */
    public MlflowSettings(
            URI trackingUri,
            String experiment,
            @Nullable Credentials credentials,
            Duration timeout,
            Map<String, String> tags) {
        this(trackingUri, experiment, credentials, timeout, tags, null);
    }

    /**
     * Files in PEM form.
     *
     * @param servers certificates of the authorities that the server is verified with; null for those of Java
     * @param client certificate chain and key of this client; null for none
     * @param insecure whether the server is not verified
     */
    public record Tls(@Nullable Path servers, @Nullable Path client, boolean insecure) {
        SSLContext context() {
            return PemTls.context(servers, client, insecure);
        }
    }

    /** A password may hold a slash, or an at sign: everything up to the last one goes. */
    private static String withoutUser(Object uri) {
        return uri.toString().replaceAll("//.*@", "//…@");
    }

    /** Credentials; they are never printed. */
    public sealed interface Credentials {
        record UserAndPassword(String user, String password) implements Credentials {
            @Override
            public String toString() {
                return "user and password";
            }
        }

        record Token(String token) implements Credentials {
            @Override
            public String toString() {
                return "token";
            }
        }
    }

    public static MlflowSettings of(String trackingUri) {
        return new MlflowSettings(address(trackingUri), EXPERIMENT, null, TIMEOUT, Map.of());
    }

    /**
     * Reads MLFLOW_TRACKING_URI, MLFLOW_EXPERIMENT_NAME, MLFLOW_TRACKING_TOKEN or MLFLOW_TRACKING_USERNAME and _PASSWORD,
     * MLFLOW_TRACKING_SERVER_CERT_PATH, _CLIENT_CERT_PATH and _INSECURE_TLS,
     * MLFLOW_HTTP_REQUEST_TIMEOUT (seconds), and FRL_GIT_COMMIT and FRL_IMAGE for tags.
     *
     * @return null if MLFLOW_TRACKING_URI is not set
     * @throws IllegalArgumentException if a variable has an invalid value
     */
    public static @Nullable MlflowSettings fromEnvironment(Map<String, String> environment) {
        String uri = environment.get("MLFLOW_TRACKING_URI");
        if (uri == null || uri.isBlank()) {
            return null;
        }
        var tags = new LinkedHashMap<String, String>();
        copy(environment, "FRL_GIT_COMMIT", tags, "mlflow.source.git.commit");
        copy(environment, "FRL_IMAGE", tags, "mlflow.docker.image.uri");
        tags.put("mlflow.source.type", environment.containsKey("KUBERNETES_SERVICE_HOST") ? "JOB" : "LOCAL");
        String name = environment.getOrDefault("MLFLOW_EXPERIMENT_NAME", "").strip();
        return new MlflowSettings(
                address(uri),
                name.isEmpty() ? EXPERIMENT : name,
                credentials(environment),
                timeout(environment),
                tags,
                tls(environment));
    }

    private static void copy(Map<String, String> from, String variable, Map<String, String> to, String tag) {
        String value = from.getOrDefault(variable, "").strip();
        if (!value.isEmpty()) {
            to.put(tag, value);
        }
    }

    private static URI address(String uri) {
        try {
            return new URI(uri.strip().replaceAll("/+$", ""));
        } catch (URISyntaxException e) { // its message holds the address
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "MLFLOW_TRACKING_URI is %s, which is no URL; it must be a server such as http://127.0.0.1:5000",
                    withoutUser(uri)));
        }
    }

    private static @Nullable Credentials credentials(Map<String, String> environment) {
        String user = environment.getOrDefault("MLFLOW_TRACKING_USERNAME", "");
        String password = environment.getOrDefault("MLFLOW_TRACKING_PASSWORD", "");
        String token = environment.getOrDefault("MLFLOW_TRACKING_TOKEN", "");
        if (!user.isEmpty() && !password.isEmpty()) {
            return new Credentials.UserAndPassword(user, password);
        }
        return token.isEmpty() ? null : new Credentials.Token(requireHeader("MLFLOW_TRACKING_TOKEN", token));
    }

    /** A line break in a header would end it. */
    private static String requireHeader(String variable, String value) {
        if (!value.strip().matches("[\\x21-\\x7e]+")) {
            throw new IllegalArgumentException(
                    variable + " has characters that no token has, such as spaces or line breaks");
        }
        return value.strip();
    }

    private static @Nullable Tls tls(Map<String, String> environment) {
        String servers =
                environment.getOrDefault("MLFLOW_TRACKING_SERVER_CERT_PATH", "").strip();
        String client =
                environment.getOrDefault("MLFLOW_TRACKING_CLIENT_CERT_PATH", "").strip();
        String insecure =
                environment.getOrDefault("MLFLOW_TRACKING_INSECURE_TLS", "").strip();
        if (!insecure.matches("(?i)|true|false|1|0")) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "MLFLOW_TRACKING_INSECURE_TLS is %s; it must be true or false", insecure));
        }
        boolean unverified = insecure.matches("(?i)true|1");
        if (unverified && !servers.isEmpty()) {
            throw new IllegalArgumentException(
                    "MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH contradict each other; set one of them");
        }
        if (servers.isEmpty() && client.isEmpty() && !unverified) {
            return null;
        }
        var tls = new Tls(
                servers.isEmpty() ? null : path("MLFLOW_TRACKING_SERVER_CERT_PATH", servers),
                client.isEmpty() ? null : path("MLFLOW_TRACKING_CLIENT_CERT_PATH", client),
                unverified);
        var unused = tls.context(); // a wrong file is told at the start
        return tls;
    }

    private static Path path(String variable, String value) {
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s is %s, which is no path", variable, value), e);
        }
    }

    private static Duration timeout(Map<String, String> environment) {
        String seconds =
                environment.getOrDefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "").strip();
        if (seconds.isEmpty()) {
            return TIMEOUT;
        }
        if (!seconds.matches("[1-9]\\d{0,4}")) {
            throw new IllegalArgumentException(
                    "MLFLOW_HTTP_REQUEST_TIMEOUT is " + seconds + "; it must be whole seconds from 1 to 99999");
        }
        return Duration.ofSeconds(Long.parseLong(seconds));
    }
}
