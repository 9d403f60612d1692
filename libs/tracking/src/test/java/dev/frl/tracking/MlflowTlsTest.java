package dev.frl.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.frl.tracking.MlflowSettings.Tls;
import dev.frl.tracking.tls.PemTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with a certificate of its own, which asks clients for theirs. */
final class MlflowTlsTest {
    private static final char[] PASSWORD = "password".toCharArray();

    @TempDir
    static Path folder;

    private HttpsServer server;

    @BeforeEach
    void start() throws Exception {
        var context = PemTls.context(certificate("client"), identity("server"), false);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                var wanted = context.getDefaultSSLParameters();
                wanted.setNeedClientAuth(true);
                parameters.setSSLParameters(wanted);
            }
        });
        server.createContext("/", exchange -> {
            byte[] body = "{\"experiments\": [{\"experiment_id\": \"7\", \"name\": \"frl\"}]}"
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void certificates_of_server_and_client_are_those_of_the_python_client() throws Exception {
        // When
        connect(Map.of(
                "MLFLOW_TRACKING_SERVER_CERT_PATH", certificate("server").toString(),
                "MLFLOW_TRACKING_CLIENT_CERT_PATH", identity("client").toString()));
        connect(Map.of(
                "MLFLOW_TRACKING_INSECURE_TLS",
                "true",
                "MLFLOW_TRACKING_CLIENT_CERT_PATH",
                identity("client").toString()));

        // Then
        assertThatThrownBy(() -> connect(Map.of(
                        "MLFLOW_TRACKING_CLIENT_CERT_PATH", identity("client").toString())))
                .isInstanceOf(RecorderException.class)
                .hasMessageContaining("cannot be reached")
                .hasMessageContaining("Set MLFLOW_TRACKING_SERVER_CERT_PATH to a PEM file");
        assertThatThrownBy(() -> connect(Map.of("MLFLOW_TRACKING_INSECURE_TLS", "true")))
                .isInstanceOf(RecorderException.class);
        assertThatThrownBy(() -> connect(Map.of(
                        "MLFLOW_TRACKING_SERVER_CERT_PATH",
                                certificate("client").toString(),
                        "MLFLOW_TRACKING_CLIENT_CERT_PATH", identity("client").toString())))
                .isInstanceOf(RecorderException.class);
    }

    /** By both ways to a server: with certificates of its own, and with those of Java. */
    @Test
    void a_server_that_speaks_no_tls_is_said_to_need_another_address() throws Exception {
        try (var plain = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            var answering = new Thread(() -> answer(plain));
            answering.setDaemon(true);
            answering.start();
            var uri = URI.create("https://127.0.0.1:" + plain.getLocalPort());
            for (var tls : new Tls[] {null, new Tls(null, null, true)}) {
                var settings = new MlflowSettings(uri, "frl", null, Duration.ofSeconds(20), Map.of(), tls);
                try (var recorder = new MlflowRecorder(settings)) {
                    assertThatThrownBy(recorder::connect)
                            .isInstanceOf(RecorderException.class)
                            .hasMessageContaining("begin MLFLOW_TRACKING_URI with http://");
                }
            }
        }
    }

    /** What a web server says to bytes that are no HTTP. */
    private static void answer(ServerSocket server) {
        while (!server.isClosed()) {
            try (var connection = server.accept()) {
                connection.getInputStream().read();
                connection
                        .getOutputStream()
                        .write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                // the next client comes, or the test has ended
            }
        }
    }

    @Test
    void files_and_settings_that_cannot_be_used_are_named() throws Exception {
        var noKey = certificate("client").toString();
        var nothing =
                Files.writeString(folder.resolve("nothing.pem"), "nothing").toString();
        refuses(Map.of("MLFLOW_TRACKING_CLIENT_CERT_PATH", noKey), "holds no private key");
        refuses(Map.of("MLFLOW_TRACKING_SERVER_CERT_PATH", nothing), "nothing.pem holds no certificate");
        refuses(Map.of("MLFLOW_TRACKING_SERVER_CERT_PATH", "/absent.pem"), "/absent.pem cannot be read");
        refuses(Map.of("MLFLOW_TRACKING_INSECURE_TLS", "maybe"), "MLFLOW_TRACKING_INSECURE_TLS is maybe");
        refuses(
                Map.of("MLFLOW_TRACKING_INSECURE_TLS", "true", "MLFLOW_TRACKING_SERVER_CERT_PATH", noKey),
                "contradict each other");
        refuses(Map.of("MLFLOW_TRACKING_TOKEN", "a\nb"), "MLFLOW_TRACKING_TOKEN has characters");
    }

    private static void refuses(Map<String, String> variables, String message) {
        var environment = new HashMap<>(variables);
        environment.put("MLFLOW_TRACKING_URI", "https://mlflow");
        assertThatThrownBy(() -> MlflowSettings.fromEnvironment(environment))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    private void connect(Map<String, String> variables) throws RecorderException {
        var environment = new HashMap<>(variables);
        environment.put(
                "MLFLOW_TRACKING_URI",
                "https://localhost:" + server.getAddress().getPort());
        try (var recorder = new MlflowRecorder(MlflowSettings.fromEnvironment(environment))) {
            recorder.connect();
        }
    }

    /** Certificate of a name, without its key. */
    private static Path certificate(String name) throws Exception {
        var file = folder.resolve(name + "-certificate.pem");
        return Files.exists(file)
                ? file
                : Files.writeString(
                        file,
                        pem("CERTIFICATE", store(name).getCertificate(name).getEncoded()));
    }

    /** Certificate and key of a name. */
    private static Path identity(String name) throws Exception {
        var file = folder.resolve(name + ".pem");
        return Files.exists(file)
                ? file
                : Files.writeString(
                        file,
                        Files.readString(certificate(name))
                                + pem(
                                        "PRIVATE KEY",
                                        store(name).getKey(name, PASSWORD).getEncoded()));
    }

    private static KeyStore store(String name) throws Exception {
        var file = folder.resolve(name + ".p12");
        if (!Files.exists(file)) {
            var keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-alias",
                            name,
                            "-keyalg",
                            "EC",
                            "-dname",
                            "CN=" + name,
                            "-ext",
                            "san=dns:localhost",
                            "-storetype",
                            "PKCS12",
                            "-keystore",
                            file.toString(),
                            "-storepass",
                            new String(PASSWORD))
                    .inheritIO()
                    .start();
            assertThat(keytool.waitFor()).isZero();
        }
        return KeyStore.getInstance(file.toFile(), PASSWORD);
    }

    private static String pem(String kind, byte[] content) {
        return String.format(
                Locale.ROOT,
                "-----BEGIN %s-----\n%s\n-----END %s-----\n",
                kind,
                Base64.getMimeEncoder().encodeToString(content),
                kind);
    }
}
