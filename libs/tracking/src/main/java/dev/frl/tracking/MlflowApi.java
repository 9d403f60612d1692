package dev.frl.tracking;

import dev.frl.tracking.MlflowSettings.Credentials;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowHttpException;
import org.mlflow.tracking.creds.BasicMlflowHostCreds;
import org.mlflow_project.apachehttp.HttpEntity;
import org.mlflow_project.apachehttp.HttpResponseInterceptor;
import org.mlflow_project.apachehttp.config.ConnectionConfig;
import org.mlflow_project.apachehttp.config.MessageConstraints;
import org.mlflow_project.apachehttp.entity.ByteArrayEntity;
import org.mlflow_project.apachehttp.impl.client.CloseableHttpClient;
import org.mlflow_project.apachehttp.impl.client.HttpClientBuilder;

/**
 * MLflow's Java client, with a timeout, a limit for responses and the texts of the server's responses. The client itself waits for ever
 * for a server that accepts a connection and does not respond, reads responses of any length, and its typed methods take any response
 * with status 200 for success, such as a login page.
 */
final class MlflowApi implements AutoCloseable {
    private static final int LONGEST_HEADER = 64 << 10;
    private static final int MOST_HEADERS = 1_000;

    private final MlflowSettings settings;
    private ExecutorService thread = newThread();
    private @Nullable MlflowClient client;

    MlflowApi(MlflowSettings settings) {
        this.settings = settings;
    }

    private static ExecutorService newThread() {
        return Executors.newSingleThreadExecutor(task -> {
            var thread = new Thread(task, "mlflow");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * @param what name of the call; follows "cannot" in errors
     * @return the body of the response
     */
    String call(String what, Function<MlflowClient, String> call) throws RecorderException {
        MlflowClient current = client();
        Future<String> result = thread.submit(() -> call.apply(current));
        try {
            return result.get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            close();
            throw new RecorderException(
                    String.format(
                            Locale.ROOT,
                            "cannot %s: MLflow at %s did not respond within %d s",
                            what,
                            settings.trackingUri(),
                            settings.timeout().toSeconds()),
                    e);
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new RecorderException("interrupted while trying to " + what, e);
        } catch (ExecutionException e) {
            throw explained(what, e.getCause() == null ? e : e.getCause());
        }
    }

    private MlflowClient client() {
        MlflowClient current = client;
        if (current == null) {
            String host = settings.trackingUri().toString();
            Credentials credentials = settings.credentials();
            if (credentials instanceof Credentials.UserAndPassword u) {
                current = limited(new BasicMlflowHostCreds(host, u.user(), u.password()));
            } else if (credentials instanceof Credentials.Token t) {
                current = limited(new BasicMlflowHostCreds(host, t.token()));
            } else {
                current = limited(new BasicMlflowHostCreds(host));
            }
            client = current;
        }
        return current;
    }

    /** {@link MlflowClient} reads responses of any length, so its HTTP client is replaced by one with a limit. */
    private static MlflowClient limited(BasicMlflowHostCreds server) {
        var client = new MlflowClient(server);
        try {
            Field caller = MlflowClient.class.getDeclaredField("httpCaller");
            caller.setAccessible(true);
            Object calls = caller.get(client);
            Field http = calls.getClass().getDeclaredField("httpClient");
            http.setAccessible(true);
            http.set(calls, http());
            return client;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "this version of MLflow's client has no HTTP client that can be replaced", e);
        }
    }

    private static CloseableHttpClient http() {
        HttpResponseInterceptor limit = (response, context) -> {
            if (response.getEntity() != null) {
                response.setEntity(whole(response.getEntity()));
            }
        };
        var headers = MessageConstraints.custom()
                .setMaxLineLength(LONGEST_HEADER)
                .setMaxHeaderCount(MOST_HEADERS)
                .build();
        return HttpClientBuilder.create()
                .setDefaultConnectionConfig(
                        ConnectionConfig.custom().setMessageConstraints(headers).build())
                .disableRedirectHandling()
                .addInterceptorLast(limit) // after those that decompress
                .build();
    }

    /**
     * Reads a body, which gives its connection back: the client leaves it open after 429 and after a body that it cannot parse, and waits
     * for ever when both of its connections are gone.
     */
    private static HttpEntity whole(HttpEntity body) throws IOException {
        InputStream in = body.getContent();
        byte[] bytes = in.readNBytes(MlflowCalls.LONGEST + 1);
        if (bytes.length > MlflowCalls.LONGEST) {
            throw new MlflowCalls.TooLongException(); // without close, which would read on to the end
        }
        in.close();
        var whole = new ByteArrayEntity(bytes);
        whole.setContentType(body.getContentType());
        return whole;
    }

    private RecorderException explained(String what, Throwable cause) {
        if (cause instanceof MlflowHttpException refusal) {
            String body = refusal.getBodyMessage();
            return MlflowCalls.refused(settings, what, refusal.getStatusCode(), body == null ? "" : body);
        }
        for (Throwable t = cause; t != null; t = t.getCause()) {
            if (t instanceof IOException) {
                return MlflowCalls.unreachable(settings, what, cause);
            }
        }
        return MlflowCalls.notMlflow(settings, what, String.valueOf(cause.getMessage()), cause);
    }

    /** Closes the connections, which ends a thread that waits for a response. The next call begins anew. */
    @Override
    public void close() {
        thread.shutdownNow();
        thread = newThread();
        MlflowClient current = client;
        client = null;
        if (current != null) {
            current.close();
        }
    }
}
