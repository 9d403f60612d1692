package dev.frl.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpServer;
import dev.frl.checkpoint.CheckpointException;
import dev.frl.checkpoint.Checkpoints;
import dev.frl.checkpoint.storage.ObjectStorage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every failure is one line that says what is wrong and how to mend it. */
final class S3FailuresTest {
    private static final URI ROOT = URI.create("s3://checkpoints/all");

    private static S3Server server;

    private HttpServer scripted;
    private final AtomicInteger requests = new AtomicInteger();

    @BeforeAll
    static void start() throws Exception {
        server = S3Server.start().withBucket("checkpoints");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @AfterEach
    void stopScripted() {
        if (scripted != null) {
            scripted.stop(0);
        }
    }

    @Test
    void a_bucket_that_does_not_exist() {
        // Given
        var storage = open("s3://absent/all", server.environment());

        // When, Then
        for (ThrowingCallable call : calls(storage)) {
            fails(
                    call,
                    "the bucket absent does not exist at " + server.endpoint(),
                    "create it, or correct the place (FRL_CHECKPOINTS, FRL_CHECKPOINT_ROOTS)");
        }
    }

    @Test
    void credentials_that_the_store_does_not_accept() {
        for (var name : new String[] {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}) {
            // Given
            var storage = open(ROOT.toString(), server.environment(name, "wrong"));

            // When, Then
            for (ThrowingCallable call : calls(storage)) {
                fails(call, "does not accept the credentials (403 ", "correct AWS_ACCESS_KEY_ID");
            }
        }
    }

    @Test
    void a_store_that_refuses() throws IOException {
        // Given
        var storage = open(ROOT.toString(), answering(403, error("AccessDenied")));

        // When, Then
        fails(storage::requireUsable, "refuses to list s3://checkpoints/all", "(403 AccessDenied)", "s3:ListBucket");
        fails(() -> storage.create("a", new byte[1]), "refuses to write s3://checkpoints/all/a", "s3:PutObject");
        fails(() -> storage.read("a", 9), "refuses to read s3://checkpoints/all/a", "s3:GetObject");
        fails(() -> storage.delete("a"), "refuses to delete s3://checkpoints/all/a", "s3:DeleteObject");
    }

    @Test
    void a_bucket_of_another_region() throws IOException {
        // Given
        var storage = open(ROOT.toString(), answering(400, error("AuthorizationHeaderMalformed")));

        // When, Then
        fails(storage::requireUsable, "the bucket checkpoints is not in the region", "set AWS_REGION");
    }

    @Test
    void no_credentials() {
        // Given
        assumeThat(System.getenv())
                .as("credentials in this environment")
                .doesNotContainKeys(
                        "AWS_ACCESS_KEY_ID",
                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                        "AWS_CONTAINER_CREDENTIALS_FULL_URI");
        var properties = Map.of(
                "aws.sharedCredentialsFile", "/none", "aws.configFile", "/none", "aws.disableEc2Metadata", "true");
        properties.forEach(System::setProperty);
        try {
            var storage = open(
                    ROOT.toString(),
                    Map.of("AWS_ENDPOINT_URL_S3", server.endpoint().toString()));

            // When, Then
            fails(
                    storage::requireUsable,
                    "there are no credentials for " + server.endpoint(),
                    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
        } finally {
            properties.keySet().forEach(System::clearProperty);
        }
    }

    @Test
    void an_endpoint_where_nothing_listens() throws IOException {
        // Given
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        var endpoint = "http://127.0.0.1:" + port;
        var storage = open(ROOT.toString(), server.environment("AWS_ENDPOINT_URL_S3", endpoint));

        // When, Then
        fails(storage::requireUsable, "no S3 store answers at " + endpoint, "check AWS_ENDPOINT_URL_S3");
    }

    @Test
    void an_endpoint_that_is_no_host() {
        // Given
        var storage =
                open(ROOT.toString(), server.environment("AWS_ENDPOINT_URL_S3", "http://no-such-host.invalid:9000"));

        // When, Then
        fails(storage::requireUsable, "no S3 store answers at http://no-such-host.invalid:9000", "UnknownHost");
    }

    @Test
    void an_endpoint_that_is_a_web_server() throws IOException {
        for (int status : new int[] {200, 404, 405}) {
            // Given
            var storage = open(ROOT.toString(), answering(status, "<html><body>Grafana<br></body></html>"));

            // When, Then
            fails(storage::requireUsable, "answers, but not as an S3 store does", "check AWS_ENDPOINT_URL_S3");
            scripted.stop(0);
        }
    }

    @Test
    void a_failure_that_passes_is_retried() throws IOException {
        // Given
        var storage = open(ROOT.toString(), answering(503, error("SlowDown"), 2, """
                <?xml version="1.0"?><ListBucketResult><Name>checkpoints</Name></ListBucketResult>"""));

        // When
        storage.requireUsable();

        // Then
        assertThat(requests).hasValue(3);
    }

    @Test
    void a_failure_that_stays_is_told() throws IOException {
        // Given
        var storage = open(ROOT.toString(), answering(503, error("SlowDown")));

        // When, Then
        fails(storage::requireUsable, "failed to list s3://checkpoints/all", "503 SlowDown");
        assertThat(requests.get()).isGreaterThan(1);
    }

    @Test
    void what_is_wrong_reaches_the_user_of_checkpoints() {
        // Given
        var checkpoints = Checkpoints.open("s3://absent/all", "", server.environment());

        // When, Then
        assertThatThrownBy(checkpoints::requireUsable)
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(
                        "checkpoints in s3://absent/all cannot be used: the bucket absent does not exist at");
        assertThatThrownBy(() -> checkpoints.latest("run"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("the bucket absent does not exist");
    }

    private static ThrowingCallable[] calls(ObjectStorage storage) {
        return new ThrowingCallable[] {
            storage::requireUsable,
            () -> storage.create("run/a", new byte[1]),
            () -> storage.put("run/a", new byte[1]),
            () -> storage.read("run/a", 9),
            () -> storage.list("run/")
        };
    }

    private static ObjectStorage open(String root, Map<String, String> environment) {
        return new S3StorageProvider().open(URI.create(root), environment);
    }

    private static String error(String code) {
        return String.format(
                Locale.ROOT,
                "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>a\nmessage</Message></Error>",
                code);
    }

    /** Environment of a server that always gives this answer. */
    private Map<String, String> answering(int status, String body) throws IOException {
        return answering(status, body, Integer.MAX_VALUE, "");
    }

    /** Environment of a server that gives this answer some times, and then the other with status 200. */
    private Map<String, String> answering(int status, String body, int times, String then) throws IOException {
        scripted = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        scripted.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            boolean first = requests.incrementAndGet() <= times;
            var bytes = (first ? body : then).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(first ? status : 200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        scripted.start();
        return server.environment(
                "AWS_ENDPOINT_URL_S3",
                "http://127.0.0.1:" + scripted.getAddress().getPort());
    }

    private static void fails(ThrowingCallable call, String... parts) {
        assertThatThrownBy(call)
                .isInstanceOf(IOException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(parts).doesNotContain("\n"));
    }
}
