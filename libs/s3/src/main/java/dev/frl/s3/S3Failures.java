package dev.frl.s3;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Turns failures of the client into messages that say what is wrong and how to mend it, in one line. */
final class S3Failures {
    private static final int DEEPEST = 20;
    private static final Set<String> KEYS = Set.of(
            "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "TokenRefreshRequired");
    private static final Set<String> REGION = Set.of(
            "PermanentRedirect",
            "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException",
            "TemporaryRedirect");

    private final S3Root root;
    private final String store;

    S3Failures(S3Root root, String store) {
        this.root = root;
        this.store = store;
    }

    /** @param what the failed operation, such as "read" */
    IOException of(SdkException error, String what, String key) {
        var local = local(error);
        if (local != null) {
            return local;
        }
        if (error instanceof S3Exception answer && isMissingKey(answer)) {
            return new NoSuchFileException(root.uri() + "/" + key);
        }
        var message = error instanceof S3Exception answer ? answered(answer, what, key) : unanswered(error, what, key);
        return new IOException(message.replaceAll("\\s+", " ").strip(), error);
    }

    /** A failure of this machine and not of the store. */
    private static @Nullable IOException local(Throwable error) {
        var cause = error;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            if (cause instanceof UncheckedIOException local) {
                return local.getCause();
            }
            cause = cause.getCause();
        }
        return null;
    }

    private static boolean isMissingKey(S3Exception answer) {
        return answer.statusCode() == 404 && "NoSuchKey".equals(code(answer));
    }

    private String answered(S3Exception answer, String what, String key) {
        int status = answer.statusCode();
        var code = code(answer);
        if ("NoSuchBucket".equals(code)) {
            return String.format(
                    Locale.ROOT,
                    "the bucket %s does not exist at %s: create it, or correct the place (FRL_CHECKPOINTS, FRL_CHECKPOINT_ROOTS) or AWS_ENDPOINT_URL_S3",
                    root.bucket(),
                    store);
        }
        if (code == null) {
            return notS3("HTTP status " + status);
        }
        if (KEYS.contains(code)) {
            return String.format(
                    Locale.ROOT,
                    "%s does not accept the credentials (%d %s): correct AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the role",
                    store,
                    status,
                    code);
        }
        if (code.equals("RequestTimeTooSkewed")) {
            return String.format(
                    Locale.ROOT,
                    "%s refuses requests of this machine, whose clock is wrong (%d %s): set the clock",
                    store,
                    status,
                    code);
        }
        if (status == 403) {
            return String.format(
                    Locale.ROOT,
                    "%s refuses to %s %s/%s (403 %s): allow these credentials s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject there",
                    store,
                    what,
                    root.uri(),
                    key,
                    code);
        }
        if (REGION.contains(code)) {
            return String.format(
                    Locale.ROOT,
                    "the bucket %s is not in the region of the request (%d %s): set AWS_REGION to the bucket's region",
                    root.bucket(),
                    status,
                    code);
        }
        return String.format(
                Locale.ROOT,
                "%s failed to %s %s/%s (%d %s: %s)",
                store,
                what,
                root.uri(),
                key,
                status,
                code,
                answer.awsErrorDetails().errorMessage());
    }

    private String unanswered(SdkException error, String what, String key) {
        var text = String.valueOf(error.getMessage());
        if (text.contains("Unable to load credentials")) {
            return String.format(
                    Locale.ROOT,
                    "there are no credentials for %s: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the pod or machine a role",
                    store);
        }
        var network = network(error);
        if (network != null) {
            return String.format(
                    Locale.ROOT,
                    "no S3 store answers at %s (%s: %s): check AWS_ENDPOINT_URL_S3, and that the store is running",
                    store,
                    network.getClass().getSimpleName(),
                    network.getMessage());
        }
        if (text.contains("unmarshall") || text.contains("parse")) {
            return notS3(text);
        }
        return String.format(Locale.ROOT, "%s failed to %s %s/%s: %s", store, what, root.uri(), key, text);
    }

    /** The message if something answered that is no S3 store. */
    String notS3(String how) {
        return String.format(
                Locale.ROOT, "%s answers, but not as an S3 store does (%s): check AWS_ENDPOINT_URL_S3", store, how);
    }

    private static @Nullable Throwable network(Throwable error) {
        var cause = error;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            if (cause instanceof ConnectException
                    || cause instanceof UnknownHostException
                    || cause instanceof NoRouteToHostException
                    || cause instanceof SocketTimeoutException
                    || cause instanceof SSLException) {
                return cause;
            }
            cause = cause.getCause();
        }
        return null;
    }

    /** The store's name for the error; null if the answer has none. */
    static @Nullable String code(S3Exception answer) {
        var details = answer.awsErrorDetails();
        return details == null ? null : details.errorCode();
    }
}
