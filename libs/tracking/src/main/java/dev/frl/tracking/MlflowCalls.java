package dev.frl.tracking;

import dev.frl.tracking.MlflowSettings.Credentials;
import java.io.IOException;
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

/**
 * Calls MLflow's Java client with a timeout and with errors that say what failed. The client itself waits forever for a server
 * that accepts a connection and does not respond, and it reads no credentials from the environment.
 */
final class MlflowCalls implements AutoCloseable {
    private final MlflowSettings settings;
    private ExecutorService thread = newThread();
    private @Nullable MlflowClient client;

    MlflowCalls(MlflowSettings settings) {
        this.settings = settings;
    }

    private static ExecutorService newThread() {
        return Executors.newSingleThreadExecutor(task -> {
            var thread = new Thread(task, "mlflow");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** @param what name of the call; follows "cannot" in errors */
    <T> T call(String what, Function<MlflowClient, T> call) throws RecorderException {
        MlflowClient c = client();
        Future<T> result = thread.submit(() -> call.apply(c));
        try {
            return result.get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            abandon();
            throw new RecorderException(
                    String.format(
                            Locale.ROOT,
                            "cannot %s: MLflow at %s did not respond within %d s. The request is retried.",
                            what,
                            settings.trackingUri(),
                            settings.timeout().toSeconds()),
                    true,
                    e);
        } catch (InterruptedException e) {
            abandon();
            Thread.currentThread().interrupt();
            throw new RecorderException("interrupted while trying to " + what, true, e);
        } catch (ExecutionException e) {
            throw explained(what, e.getCause() == null ? e : e.getCause());
        }
    }

    void run(String what, java.util.function.Consumer<MlflowClient> call) throws RecorderException {
        call(what, c -> {
            call.accept(c);
            return Boolean.TRUE;
        });
    }

    private MlflowClient client() {
        MlflowClient c = client;
        if (c == null) {
            String host = settings.trackingUri().toString();
            Credentials credentials = settings.credentials();
            if (credentials instanceof Credentials.UserAndPassword u) {
                c = new MlflowClient(new BasicMlflowHostCreds(host, u.user(), u.password()));
            } else if (credentials instanceof Credentials.Token t) {
                c = new MlflowClient(new BasicMlflowHostCreds(host, t.token()));
            } else {
                c = new MlflowClient(new BasicMlflowHostCreds(host));
            }
            client = c;
        }
        return c;
    }

    /** Closes the client and so its connections, which ends the thread that waits for a response. */
    private void abandon() {
        thread.shutdownNow();
        thread = newThread();
        MlflowClient c = client;
        client = null;
        if (c != null) {
            c.close();
        }
    }

    private RecorderException explained(String what, Throwable cause) {
        if (cause instanceof MlflowHttpException e) {
            return refused(settings, what, e.getStatusCode(), e.getBodyMessage(), e);
        }
        if (isNetwork(cause)) {
            Throwable root = root(cause);
            return new RecorderException(
                    String.format(
                            Locale.ROOT,
                            "cannot %s: MLflow at %s cannot be reached (%s). Start it, or correct MLFLOW_TRACKING_URI; the request is retried.",
                            what,
                            settings.trackingUri(),
                            root.getMessage() == null ? root : root.getMessage()),
                    true,
                    cause);
        }
        return new RecorderException(
                String.format(
                        Locale.ROOT,
                        "cannot %s: the response of %s is not that of an MLflow server (%s). Check MLFLOW_TRACKING_URI.",
                        what,
                        settings.trackingUri(),
                        MlflowText.shorten(String.valueOf(cause.getMessage()), 200)),
                false,
                cause);
    }

    private static String hint(int status, boolean retryable) {
        return switch (status) {
            case 401, 403 -> " Check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.";
            case 404 -> " Check that MLFLOW_TRACKING_URI is the root of an MLflow server.";
            default -> retryable ? " The request is retried." : "";
        };
    }

    static RecorderException refused(
            MlflowSettings settings, String what, int status, @Nullable String body, @Nullable Throwable cause) {
        boolean retryable = status >= 500 || status == 408 || status == 429;
        boolean host = status == 403 && String.valueOf(body).contains("Invalid Host header");
        String hint = host
                ? " Add the host and port of MLFLOW_TRACKING_URI to --allowed-hosts of `mlflow server`."
                : hint(status, retryable);
        String message = String.format(
                Locale.ROOT,
                "cannot %s: MLflow at %s responds with status %d: %s.%s",
                what,
                settings.trackingUri(),
                status,
                MlflowText.shorten(MlflowText.message(body), 400).replaceAll("\\.$", ""),
                hint);
        return cause == null
                ? new RecorderException(message, retryable)
                : new RecorderException(message, retryable, cause);
    }

    private static boolean isNetwork(Throwable cause) {
        for (Throwable t = cause; t != null; t = t.getCause()) {
            if (t instanceof IOException && !t.getClass().getName().contains("protobuf")) {
                return true;
            }
        }
        return false;
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
        thread.shutdownNow();
        if (client != null) {
            client.close();
        }
    }
}
