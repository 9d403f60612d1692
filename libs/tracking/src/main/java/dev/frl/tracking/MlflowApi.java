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
 * MLflow's Java client, with a timeout and with the texts of the server's responses. The client itself waits for ever for a server
 * that accepts a connection and does not respond, and its typed methods take any response with status 200 for success, such as a
 * login page.
 */
final class MlflowApi implements AutoCloseable {
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
                current = new MlflowClient(new BasicMlflowHostCreds(host, u.user(), u.password()));
            } else if (credentials instanceof Credentials.Token t) {
                current = new MlflowClient(new BasicMlflowHostCreds(host, t.token()));
            } else {
                current = new MlflowClient(new BasicMlflowHostCreds(host));
            }
            client = current;
        }
        return current;
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
        return new RecorderException("cannot " + what + ": " + cause.getMessage(), cause);
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
