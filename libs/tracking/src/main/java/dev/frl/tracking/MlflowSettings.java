package dev.frl.tracking;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Settings for the connection to MLflow. The environment variables are those of MLflow's own clients.
 *
 * @param trackingUri URL of the server, http or https, with its path prefix and without a slash at the end
 * @param experiment MLflow experiment of all runs
 * @param credentials credentials; null for none
 * @param timeout timeout of every request
 * @param tags additional tags of every run, such as mlflow.source.git.commit
 */
public record MlflowSettings(
        URI trackingUri,
        String experiment,
        @Nullable Credentials credentials,
        Duration timeout,
        Map<String, String> tags) {
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
                address(uri), name.isEmpty() ? EXPERIMENT : name, credentials(environment), timeout(environment), tags);
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
            throw new IllegalArgumentException(String.format(Locale.ROOT, "MLFLOW_TRACKING_URI is %s, which is no URL; it must be a server such as http://127.0.0.1:5000", withoutUser(uri)));
        }
    }

    private static @Nullable Credentials credentials(Map<String, String> environment) {
        String user = environment.getOrDefault("MLFLOW_TRACKING_USERNAME", "");
        String password = environment.getOrDefault("MLFLOW_TRACKING_PASSWORD", "");
        String token = environment.getOrDefault("MLFLOW_TRACKING_TOKEN", "");
        if (!user.isEmpty() && !password.isEmpty()) {
            return new Credentials.UserAndPassword(user, password);
        }
        return token.isEmpty() ? null : new Credentials.Token(token);
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
