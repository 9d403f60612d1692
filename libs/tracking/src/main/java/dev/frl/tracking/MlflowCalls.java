package dev.frl.tracking;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.frl.tracking.MlflowSettings.Credentials;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Calls of MLflow's REST API, each with a timeout. Only a JSON object with status 200 counts as a response of MLflow: a login page
 * or another server may answer anything with 200 too. MLflow's Java client makes them, except where certificates are set, since it
 * knows none, and for files, which it would store with Python.
 */
final class MlflowCalls implements AutoCloseable {
    /** Bytes of the longest response. A run with 10 metrics for each of 1000 classes has 1 MB; the tree of a response needs ten times its bytes. */
    static final int LONGEST = 8 << 20;

    private static final ObjectMapper json = new ObjectMapper();

    private final MlflowSettings settings;
    private final HttpClient http;
    /** Null where certificates are set. */
    private final @Nullable MlflowApi api;

    MlflowCalls(MlflowSettings settings) {
        this.settings = settings;
        var builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(settings.timeout());
        var tls = settings.tls();
        if (tls != null) {
            builder.sslContext(tls.context());
        }
        this.http = builder.build();
        this.api = tls == null ? new MlflowApi(settings) : null;
    }

    static ObjectNode body() {
        return json.createObjectNode();
    }

    /**
     * Sends a request to an endpoint.
     *
     * @param what name of the call; follows "cannot" in errors
     * @param path below {@code /api/2.0/mlflow/}
     */
    JsonNode post(String what, String path, ObjectNode body) throws RecorderException {
        if (api != null) {
            return parsed(what, api.call(what, client -> client.sendPost(path, body.toString())));
        }
        var request = HttpRequest.newBuilder(endpoint(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
        return send(what, request, true, false);
    }

    JsonNode get(String what, String pathAndQuery) throws RecorderException {
        if (api != null) {
            return parsed(what, api.call(what, client -> client.sendGet(pathAndQuery)));
        }
        return send(what, HttpRequest.newBuilder(endpoint(pathAndQuery)).GET(), true, false);
    }

    /**
     * Stores a file; MLflow's response has no body.
     *
     * @param authorized whether the request carries the credentials
     */
    void put(String what, HttpRequest.Builder request, boolean authorized) throws RecorderException {
        send(what, request, authorized, true);
    }

    private JsonNode send(String what, HttpRequest.Builder request, boolean authorized, boolean mayBeEmpty)
            throws RecorderException {
        if (authorized) {
            authorize(request);
        }
        var response = http.sendAsync(request.build(), info -> new Limited());
        try {
            return read(what, response.get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS), mayBeEmpty);
        } catch (TimeoutException e) {
            response.cancel(true);
            throw new RecorderException(
                    String.format(
                            Locale.ROOT,
                            "cannot %s: MLflow at %s did not respond within %d s",
                            what,
                            settings.trackingUri(),
                            settings.timeout().toSeconds()),
                    e);
        } catch (InterruptedException e) {
            response.cancel(true);
            Thread.currentThread().interrupt();
            throw new RecorderException("interrupted while trying to " + what, e);
        } catch (ExecutionException e) {
            throw unreachable(settings, what, e);
        }
    }

    /** A response over the limit. */
    static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1L;

        TooLongException() {
            super(String.format(Locale.ROOT, "longer than %d MiB", LONGEST >> 20));
        }
    }

    static RecorderException unreachable(MlflowSettings settings, String what, Throwable cause) {
        Throwable root = root(cause);
        if (root instanceof TooLongException) {
            return notMlflow(settings, what, root.getMessage(), cause);
        }
        String said =
                root.getMessage() == null ? root.getClass().getSimpleName() : MlflowText.line(root.getMessage(), 200);
        return new RecorderException(
                String.format(
                        Locale.ROOT,
                        "cannot %s: MLflow at %s cannot be reached (%s). %s",
                        what,
                        settings.trackingUri(),
                        said,
                        isTls(cause) ? tlsHint(said) : "Start it, or correct MLFLOW_TRACKING_URI"),
                cause);
    }

    private static boolean isTls(Throwable cause) {
        Throwable t = cause;
        while (t != null) {
            if (t instanceof SSLException || t instanceof GeneralSecurityException) {
                return true;
            }
            t = t.getCause();
        }
        return false;
    }

    private static String tlsHint(String said) {
        String lower = said.toLowerCase(Locale.ROOT);
        if (lower.contains("unrecognized ssl message")) {
            return "It does not speak TLS: begin MLFLOW_TRACKING_URI with http://";
        }
        if (lower.contains("notafter") || lower.contains("expired") || lower.contains("notbefore")) {
            return "Its certificate is not valid today: have it renewed, or check the clock of this host";
        }
        if (lower.contains("subject alternative") || lower.contains("no name matching")) {
            return "Its certificate is for another host name: use that name in MLFLOW_TRACKING_URI";
        }
        if (lower.contains("received fatal alert")) {
            return "It refuses this client: set MLFLOW_TRACKING_CLIENT_CERT_PATH to a certificate that it trusts";
        }
        return "Set MLFLOW_TRACKING_SERVER_CERT_PATH to a PEM file with the authority that signed its certificate";
    }

    private URI endpoint(String path) {
        return URI.create(settings.trackingUri() + "/api/2.0/mlflow/" + path);
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

    private JsonNode read(String what, HttpResponse<byte[]> response, boolean mayBeEmpty) throws RecorderException {
        String text = new String(response.body(), StandardCharsets.UTF_8);
        int status = response.statusCode();
        if (status != 200) {
            throw refused(settings, what, status, text);
        }
        return mayBeEmpty && text.isEmpty() ? body() : parsed(what, text);
    }

    private JsonNode parsed(String what, String text) throws RecorderException {
        try {
            JsonNode body = json.readTree(text);
            // The client takes redirects for success.
            if (body != null && body.isObject() && !body.has("error_code")) {
                return body;
            }
        } catch (JsonProcessingException e) {
            throw notMlflow(settings, what, text, e);
        }
        throw notMlflow(settings, what, text, null);
    }

    static RecorderException notMlflow(
            MlflowSettings settings, String what, @Nullable String text, @Nullable Throwable cause) {
        return new RecorderException(
                String.format(
                        Locale.ROOT,
                        "cannot %s: the response of %s is not that of an MLflow server (%s). Check MLFLOW_TRACKING_URI; a proxy or a login page may answer in its place",
                        what,
                        settings.trackingUri(),
                        MlflowText.line(String.valueOf(text), 100)),
                cause);
    }

    static RecorderException refused(MlflowSettings settings, String what, int status, String body) {
        boolean host = status == 403 && body.contains("Invalid Host header");
        String hint = host
                ? ". Add the host and port of MLFLOW_TRACKING_URI to --allowed-hosts of `mlflow server`"
                : hint(status, body);
        return new RecorderException(
                String.format(
                        Locale.ROOT,
                        "cannot %s: MLflow at %s responds with status %d: %s%s",
                        what,
                        settings.trackingUri(),
                        status,
                        MlflowText.line(MlflowText.message(body), 400).replaceAll("\\.$", ""),
                        hint),
                status,
                null);
    }

    private static String hint(int status, String body) {
        return switch (status) {
            case 401 ->
                ". Check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, which may have expired";
            case 403 ->
                ". Check the permissions of MLFLOW_TRACKING_USERNAME or MLFLOW_TRACKING_TOKEN, and the password";
            case 404, 405 ->
                body.contains("RESOURCE_DOES_NOT_EXIST")
                        ? ""
                        : ". Check that MLFLOW_TRACKING_URI is the root of an MLflow server";
            case 407 -> ". Check the settings of the proxy";
            case 413 -> ". Let the proxy in front of the server accept larger requests";
            case 429 -> ". The server limits the number of requests; they are made again with growing pauses";
            case 502, 503, 504 ->
                ". The proxy in front of the server does not reach it: start MLflow, or look at the proxy";
            case 507 -> ". Free space on the server";
            default ->
                status >= 300 && status < 400
                        ? ". Check MLFLOW_TRACKING_URI: redirects are not followed, since they may lead to a login page"
                        : "";
        };
    }

    private static Throwable root(Throwable cause) {
        Throwable t = cause;
        while (t.getCause() != null) {
            t = t.getCause();
        }
        return t;
    }

    @Override
    public void close() {
        if (api != null) {
            api.close();
        }
    }

    /** Reads a body up to a limit. */
    private static final class Limited implements HttpResponse.BodySubscriber<byte[]> {
        private final HttpResponse.BodySubscriber<byte[]> all = HttpResponse.BodySubscribers.ofByteArray();
        private Flow.@Nullable Subscription subscription;
        private long bytes;

        @Override
        public CompletionStage<byte[]> getBody() {
            return all.getBody();
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            this.subscription = subscription;
            all.onSubscribe(subscription);
        }

        @Override
        public void onNext(List<ByteBuffer> item) {
            bytes += item.stream().mapToLong(ByteBuffer::remaining).sum();
            if (bytes > LONGEST && subscription != null) {
                subscription.cancel();
                all.onError(new TooLongException());
            } else {
                all.onNext(item);
            }
        }

        @Override
        public void onError(Throwable error) {
            all.onError(error);
        }

        @Override
        public void onComplete() {
            all.onComplete();
        }
    }
}
