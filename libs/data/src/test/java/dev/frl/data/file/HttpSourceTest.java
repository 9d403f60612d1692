package dev.frl.data.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.frl.data.SmallData;
import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Authenticator;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpSourceTest {
    private static final DataFile FILE = SmallData.entry().files().get(0);
    private static final byte[] STORED = SmallData.gzip(SmallData.images(40));

    @TempDir
    Path folder;

    private final List<String> ranges = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, String> environment = new HashMap<>();
    private final AtomicInteger cuts = new AtomicInteger();
    private byte[] served = STORED;
    private boolean honoursRange = true;
    private HttpServer server = newServer();

    private static HttpServer newServer() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void serve() {
        server.createContext("/files/" + FILE.name(), this::respond);
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void a_file_arrives_under_its_name_and_progress_ends_at_its_size() throws Exception {
        // Given
        var reported = new ArrayList<String>();

        // When
        source().fetch(List.of(FILE), folder, (what, bytes, total) -> reported.add(what + " " + bytes + "/" + total));

        // Then
        assertThat(folder.resolve(FILE.name())).hasBinaryContent(STORED);
        assertThat(reported)
                .last()
                .isEqualTo(String.format(Locale.ROOT, "%s %d/%d", FILE.name(), STORED.length, STORED.length));
        assertThat(folder.resolve(FILE.name() + ".part")).doesNotExist();
    }

    @Test
    void an_interrupted_download_is_resumed() throws Exception {
        // Given
        cuts.set(2);

        // When
        source().fetch(List.of(FILE), folder, Progress.NONE);

        // Then
        assertThat(folder.resolve(FILE.name())).hasBinaryContent(STORED);
        assertThat(ranges).hasSize(3).first().isEqualTo("none");
        assertThat(ranges.get(1)).isEqualTo(String.format(Locale.ROOT, "bytes=%d-", STORED.length / 2));
    }

    @Test
    void a_later_call_resumes_the_download_of_an_earlier_one() throws Exception {
        // Given
        cuts.set(4);
        assertThatThrownBy(() -> source().fetch(List.of(FILE), folder, Progress.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("after 4 tries");
        assertThat(folder.resolve(FILE.name())).doesNotExist();
        ranges.clear();

        // When
        source().fetch(List.of(FILE), folder, Progress.NONE);

        // Then
        assertThat(folder.resolve(FILE.name())).hasBinaryContent(STORED);
        assertThat(ranges).hasSize(1).first().asString().startsWith("bytes=");
    }

    @Test
    void a_server_that_cannot_resume_sends_all_of_it_again() throws Exception {
        // Given
        honoursRange = false;
        Files.write(folder.resolve(FILE.name() + ".part"), Arrays.copyOf(STORED, 20));

        // When
        source().fetch(List.of(FILE), folder, Progress.NONE);

        // Then
        assertThat(folder.resolve(FILE.name())).hasBinaryContent(STORED);
    }

    @Test
    void the_beginning_of_another_file_costs_one_more_download() throws Exception {
        // Given
        Files.write(folder.resolve(FILE.name() + ".part"), new byte[30]);

        // When
        source().fetch(List.of(FILE), folder, Progress.NONE);

        // Then
        assertThat(folder.resolve(FILE.name())).hasBinaryContent(STORED);
        assertThat(ranges).containsExactly("bytes=30-", "none");
    }

    @Test
    void other_content_is_refused_and_leaves_nothing_behind() throws Exception {
        // Given
        var other = SmallData.images(40);
        other[100]++;
        served = SmallData.gzip(other);

        // When, Then
        assertThatThrownBy(() -> source().fetch(List.of(FILE), folder, Progress.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(FILE.name())
                .hasMessageContaining("expected content with SHA-256 " + FILE.contentSha256());
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void a_file_that_is_far_too_large_is_not_downloaded() {
        // Given
        served = new byte[3 << 20];

        // When, Then
        assertThatThrownBy(() -> source().fetch(List.of(FILE), folder, Progress.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has 3145728 bytes, expected at most");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void a_missing_file_is_reported_with_its_address_and_not_requested_again() {
        // Given
        var absent = new DataFile("absent.gz", 1, "0".repeat(64));

        // When, Then
        assertThatThrownBy(() -> source().fetch(List.of(absent), folder, Progress.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/files/absent.gz responded with status 404");
    }

    @Test
    void an_archive_is_verified_as_it_is_published() throws Exception {
        // Given
        var archive = new DataFile("small.tar.gz", STORED.length, SmallData.sha256(STORED));
        var other = new DataFile("other.tar.gz", STORED.length, SmallData.sha256(SmallData.images(40)));
        server.createContext("/files/small.tar.gz", this::respond);
        server.createContext("/files/other.tar.gz", this::respond);
        cuts.set(1);

        // When
        source().fetch(List.of(archive), folder, Progress.NONE);

        // Then
        assertThat(folder.resolve("small.tar.gz")).hasBinaryContent(STORED);
        assertThat(ranges).containsExactly("none", String.format(Locale.ROOT, "bytes=%d-", STORED.length / 2));
        assertThatThrownBy(() -> source().fetch(List.of(other), folder, Progress.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("other.tar.gz is not the published file");
    }

    @Test
    void a_server_that_stops_sending_times_out() {
        // Given
        server.createContext("/files/silent", exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write(1);
            exchange.getResponseBody().flush();
        });
        var silent = new DataFile("silent", 100, "0".repeat(64));

        // When, Then
        assertThatThrownBy(() -> source(Duration.ofMillis(300)).fetch(List.of(silent), folder, Progress.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("timed out");
    }

    @Test
    void a_proxy_of_the_environment_is_asked_with_its_credentials() throws Exception {
        // Given: this server is the proxy, which is asked for the whole address
        var asked = new ArrayList<String>();
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Proxy-Authorization"));
            respond(exchange);
        });
        environment.put("http_proxy", "http://me:p%40ss@localhost:" + port());

        // When
        source("http://data.invalid/mnist/").fetch(List.of(FILE), folder, Progress.NONE);

        // Then
        assertThat(folder.resolve(FILE.name())).hasBinaryContent(STORED);
        assertThat(asked).containsExactly("http://data.invalid/mnist/" + FILE.name() + " Basic bWU6cEBzcw==");
    }

    @Test
    void an_https_address_goes_through_a_tunnel_with_credentials() throws Exception {
        // Given
        try (var proxy = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var request = Executors.newSingleThreadExecutor().submit(() -> {
                var lines = new ArrayList<String>();
                for (String answer : List.of("407 Who\r\nProxy-Authenticate: Basic realm=\"x\"", "403 Forbidden")) {
                    try (var socket = proxy.accept()) {
                        var in = new BufferedReader(
                                new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
                        for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
                            lines.add(line);
                        }
                        socket.getOutputStream()
                                .write(("HTTP/1.1 " + answer + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                                        .getBytes(StandardCharsets.ISO_8859_1));
                    }
                }
                return lines;
            });
            environment.put("HTTPS_PROXY", "me:secret@localhost:" + proxy.getLocalPort());

            // When
            assertThatThrownBy(() -> source("https://data.invalid/").fetch(List.of(FILE), folder, Progress.NONE))

                    // Then
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("proxy localhost:" + proxy.getLocalPort() + " of HTTPS_PROXY refuses")
                    .hasMessageNotContaining("secret");
            assertThat(request.get())
                    .contains("CONNECT data.invalid:443 HTTP/1.1", "Proxy-authorization: Basic bWU6c2VjcmV0");
        }
    }

    @Test
    void a_proxy_that_asks_for_a_password_is_told_with_the_variable_that_takes_it() {
        // Given
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().add("Proxy-Authenticate", "Basic realm=\"x\"");
            exchange.sendResponseHeaders(407, -1);
            exchange.close();
        });
        environment.put("ALL_PROXY", "http://localhost:" + port());

        // When, Then
        assertThatThrownBy(() -> source("http://data.invalid/").fetch(List.of(FILE), folder, Progress.NONE))
                .isInstanceOf(IOException.class)
                .hasMessage("the proxy localhost:" + port()
                        + " of ALL_PROXY asks for a user name and a password: write them"
                        + " into the variable, as http://USER:PASSWORD@HOST:PORT");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "*", "example.org, localhost", ".localhost", "LOCALHOST:PORT"})
    void no_proxy_names_what_is_reached_directly(String exceptions) throws Exception {
        // Given
        environment.put("http_proxy", "http://127.0.0.1:1");
        environment.put("NO_PROXY", exceptions.replace("PORT", String.valueOf(port())));

        // When
        source().fetch(List.of(FILE), folder, Progress.NONE);

        // Then
        assertThat(folder.resolve(FILE.name())).hasBinaryContent(STORED);
    }

    @ParameterizedTest
    @CsvSource({
        "http://[::1]:9000/f, ::1",
        "http://[::1]:9000/f, [::1]",
        "http://[::1]:9000/f, [::1]:9000",
        "http://[2001:db8::7]/f, 2001:db8::/32",
        "http://10.1.2.3/f, 10.0.0.0/8",
        "http://192.168.1.200/f, 192.168.1.128/25",
        "https://data.example.org/f, data.example.org:443",
        "http://data.example.org/f, example.org:80",
    })
    void no_proxy_takes_addresses_networks_and_ports(String address, String exceptions) throws Exception {
        assertThat(choice(address, exceptions)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "http://[::2]:9000/f, ::1",
        "http://[::1]:9000/f, [::1]:9001",
        "http://11.1.2.3/f, 10.0.0.0/8",
        "http://10.example.org/f, 10.0.0.0/8",
        "http://10.1.2.3/f, 10.0.0.0/99",
        "http://10.1.2.3/f, 10.0.0.0/x",
        "http://10.1.2.3/f, ::/0",
        "https://data.example.org/f, data.example.org:80",
        "http://badexample.org/f, example.org",
    })
    void no_proxy_means_no_other_addresses(String address, String exceptions) throws Exception {
        assertThat(choice(address, exceptions)).isPresent();
    }

    private static Optional<Proxies.Choice> choice(String address, String exceptions) throws IOException {
        return new Proxies(Map.of("http_proxy", "http://p:1", "https_proxy", "http://p:1", "no_proxy", exceptions))
                .of(URI.create(address));
    }

    @Test
    void a_socks_proxy_gets_its_credentials() throws Exception {
        // Given
        var login = new CompletableFuture<String>();
        try (var proxy = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var served = new Thread(() -> serveSocks(proxy, login));
            served.setDaemon(true);
            served.start();
            environment.put("ALL_PROXY", "socks5h://me:p%40ss@127.0.0.1:" + proxy.getLocalPort());

            // When
            source().fetch(List.of(FILE), folder, Progress.NONE);
        } finally {
            Authenticator.setDefault(null);
        }

        // Then
        assertThat(login).isCompletedWithValue("me p@ss");
        assertThat(folder.resolve(FILE.name())).hasBinaryContent(STORED);
    }

    /** RFC 1928 and 1929: one connection, and the user's name and password, which are kept. */
    private void serveSocks(ServerSocket proxy, CompletableFuture<String> login) {
        try (var client = proxy.accept();
                var server = new Socket(InetAddress.getLoopbackAddress(), port())) {
            var in = new DataInputStream(client.getInputStream());
            var out = client.getOutputStream();
            in.readByte();
            in.readNBytes(in.readByte());
            out.write(new byte[] {5, 2});
            in.readByte();
            var user = new String(in.readNBytes(in.readByte()), StandardCharsets.UTF_8);
            login.complete(user + " " + new String(in.readNBytes(in.readByte()), StandardCharsets.UTF_8));
            out.write(new byte[] {1, 0});
            in.readNBytes(3);
            in.readNBytes(in.readByte() == 3 ? in.readByte() : 4);
            in.readNBytes(2);
            out.write(new byte[] {5, 0, 0, 1, 0, 0, 0, 0, 0, 0});
            var answers = new Thread(() -> {
                try {
                    server.getInputStream().transferTo(out);
                } catch (IOException e) {
                    return; // the client has all that it wants
                }
            });
            answers.setDaemon(true);
            answers.start();
            in.transferTo(server.getOutputStream());
        } catch (IOException e) {
            login.completeExceptionally(e);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503, 504})
    void a_busy_server_is_asked_again(int status) throws Exception {
        // Given
        var requests = new AtomicInteger();
        server.createContext("/busy/" + FILE.name(), exchange -> {
            if (requests.incrementAndGet() < 4) {
                exchange.sendResponseHeaders(status, -1);
                exchange.close();
            } else {
                respond(exchange);
            }
        });

        // When
        source("http://localhost:" + port() + "/busy/").fetch(List.of(FILE), folder, Progress.NONE);

        // Then
        assertThat(folder.resolve(FILE.name())).hasBinaryContent(STORED);
    }

    @Test
    void a_server_that_stays_busy_is_told_with_its_status() {
        // Given
        server.createContext("/busy/" + FILE.name(), exchange -> {
            exchange.sendResponseHeaders(503, -1);
            exchange.close();
        });

        // When, Then
        assertThatThrownBy(() ->
                        source("http://localhost:" + port() + "/busy/").fetch(List.of(FILE), folder, Progress.NONE))
                .hasMessageContaining("the server responded with status 503")
                .hasMessageContaining("after 4 tries");
    }

    @Test
    void credentials_go_to_the_server_that_they_are_for_and_to_no_other() throws Exception {
        // Given
        var seen = Collections.synchronizedList(new ArrayList<String>());
        server.createContext("/locked/" + FILE.name(), exchange -> {
            seen.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            exchange.getResponseHeaders().add("Location", "http://127.0.0.1:" + port() + "/elsewhere");
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });
        server.createContext("/elsewhere", exchange -> {
            seen.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            respond(exchange);
        });

        // When
        source("http://localhost:" + port() + "/locked/").fetch(List.of(FILE), folder, Progress.NONE);

        // Then
        assertThat(seen).containsExactly("Basic bWU6aHVzaA==", "null");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            <!-- portal --><HTML>        | is a web page instead of the file
            BOM  <html>Log in</html>  | is a web page instead of the file
            {"error": "quota exceeded"}  | is a message in JSON instead of the file
            """)
    void what_is_sent_instead_of_the_file_is_told(String answer, String message) {
        // Given
        served = answer.replace("BOM", "\uFEFF").getBytes(StandardCharsets.UTF_8);

        // When, Then
        assertThatThrownBy(() -> source().fetch(List.of(FILE), folder, Progress.NONE))
                .hasMessageContaining(message);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void a_server_that_resumes_at_the_wrong_place_sends_all_of_it_again() throws Exception {
        // Given
        cuts.set(1);
        server.createContext("/wrong/" + FILE.name(), exchange -> {
            if (exchange.getRequestHeaders().containsKey("Range")) {
                exchange.sendResponseHeaders(206, STORED.length);
                exchange.getResponseBody().write(STORED);
                exchange.close();
            } else {
                respond(exchange);
            }
        });

        // When
        source("http://localhost:" + port() + "/wrong/").fetch(List.of(FILE), folder, Progress.NONE);

        // Then
        assertThat(folder.resolve(FILE.name())).hasBinaryContent(STORED);
    }

    @Test
    void a_proxy_that_does_not_answer_is_named_in_the_error() {
        // Given
        environment.put("http_proxy", "127.0.0.1:1");

        // When, Then
        assertThatThrownBy(() -> source().fetch(List.of(FILE), folder, Progress.NONE))
                .hasMessageContaining("through the proxy 127.0.0.1:1 of http_proxy");
    }

    @ParameterizedTest
    @CsvSource({
        "http://user:p@ss:w@127.0.0.1:9, user:p@ss:w",
        "user:p%40ss@127.0.0.1:9/, user:p@ss",
        "http://user:50%+1@127.0.0.1:9, user:50%+1",
        "http://127.0.0.1:9/a@b, ''"
    })
    void a_password_of_a_proxy_may_hold_an_at(String value, String credentials) throws Exception {
        // When
        var proxy = new Proxies(Map.of("http_proxy", value)).of(URI.create("http://host/"));

        // Then
        assertThat(proxy).hasValueSatisfying(choice -> {
            assertThat(choice.credentials()).isEqualTo(credentials);
            assertThat(choice.host()).isEqualTo("127.0.0.1");
        });
    }

    @Test
    void a_variable_that_names_no_proxy_is_told_at_once() {
        // Given
        var proxies = new Proxies(Map.of("http_proxy", "https://127.0.0.1:9"));
        var source =
                new HttpSource("test", URI.create("http://host/"), "", Duration.ofSeconds(1), Duration.ZERO, proxies);

        // When, Then
        assertThatThrownBy(() -> source.fetch(List.of(FILE), folder, Progress.NONE))
                .hasMessageStartingWith("the environment variable http_proxy is no address of a proxy")
                .hasMessageEndingWith("for @ and the like");
    }

    /** As a server that speaks TLS on that port. */
    @Test
    void a_server_that_does_not_speak_http_is_told() throws Exception {
        // Given
        try (var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var answered = CompletableFuture.runAsync(() -> {
                try (var connection = other.accept()) {
                    connection.getInputStream().read();
                    connection
                            .getOutputStream()
                            .write("\u0015\u0003\u0003 garbage\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    connection.shutdownOutput();
                    connection.getInputStream().readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });

            // When, Then
            assertThatThrownBy(() -> source("http://localhost:" + other.getLocalPort() + "/")
                            .fetch(List.of(FILE), folder, Progress.NONE))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("does not answer in HTTP: if it is an address of TLS, write https");
            answered.join();
        }
    }

    @Test
    void a_server_that_promises_more_than_the_file_has_delivers_it() throws Exception {
        // Given
        server.createContext("/long/", exchange -> {
            exchange.sendResponseHeaders(200, STORED.length + 5);
            exchange.getResponseBody().write(STORED);
            exchange.getResponseBody().flush();
            exchange.close();
        });

        // When
        source("http://localhost:" + port() + "/long/").fetch(List.of(FILE), folder, Progress.NONE);

        // Then
        assertThat(folder.resolve(FILE.name())).hasBinaryContent(STORED);
    }

    @Test
    void a_file_of_unknown_size_ends_at_its_size_and_a_space_in_a_redirect_is_followed() throws Exception {
        // Given
        server.createContext("/moved/" + FILE.name(), exchange -> {
            exchange.getResponseHeaders().add("Location", "/a folder/" + FILE.name());
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });
        server.createContext("/a folder/", exchange -> {
            exchange.sendResponseHeaders(200, 0); // chunked
            exchange.getResponseBody().write(STORED);
            exchange.close();
        });
        var reported = new ArrayList<String>();

        // When
        source("http://localhost:" + port() + "/moved/")
                .fetch(List.of(FILE), folder, (what, bytes, total) -> reported.add(bytes + "/" + total));

        // Then
        assertThat(folder.resolve(FILE.name())).hasBinaryContent(STORED);
        assertThat(reported).first().isEqualTo("0/-1");
        assertThat(reported).last().isEqualTo(STORED.length + "/" + STORED.length);
    }

    @Test
    void a_redirect_is_followed_and_a_web_page_is_no_data() {
        // Given
        server.createContext("/moved/" + FILE.name(), exchange -> {
            exchange.getResponseHeaders().add("Location", "/login");
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });
        server.createContext("/login", exchange -> {
            byte[] page = "<!DOCTYPE html><html>Please log in</html>".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });

        // When, Then
        assertThatThrownBy(() ->
                        source("http://localhost:" + port() + "/moved/").fetch(List.of(FILE), folder, Progress.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is a web page instead of the file");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void a_server_that_refuses_ranges_sends_all_of_it_again() throws Exception {
        // Given
        server.createContext("/strict/" + FILE.name(), exchange -> {
            if (exchange.getRequestHeaders().containsKey("Range")) {
                exchange.sendResponseHeaders(403, -1);
                exchange.close();
            } else {
                respond(exchange);
            }
        });
        Files.write(folder.resolve(FILE.name() + ".part"), Arrays.copyOf(STORED, 20));

        // When
        source("http://localhost:" + port() + "/strict/").fetch(List.of(FILE), folder, Progress.NONE);

        // Then
        assertThat(folder.resolve(FILE.name())).hasBinaryContent(STORED);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void a_full_disk_ends_the_download_at_once() throws Exception {
        // Given
        Files.createSymbolicLink(folder.resolve(FILE.name() + ".part"), Path.of("/dev/full"));

        // When, Then
        assertThatThrownBy(() -> source().fetch(List.of(FILE), folder, Progress.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot be written: No space left on device");
        assertThat(ranges).hasSize(1);
    }

    @Test
    void whatever_the_variables_hold_they_name_a_proxy_or_are_refused_without_a_word_of_them() {
        // Given
        byte[] value = "http://me:secret@proxy.example.org:3128".getBytes(StandardCharsets.UTF_8);

        // When, Then
        Fuzz.run("proxy variables", 2_000, 4 << 20, random -> {
            var variables = Map.of(
                    "http_proxy", new String(Mutations.mutate(value, random), StandardCharsets.ISO_8859_1),
                    "no_proxy", new String(Mutations.mutate(value, random), StandardCharsets.ISO_8859_1));
            try {
                new Proxies(variables)
                        .of(URI.create("http://data.invalid/"))
                        .ifPresent(choice -> assertThat(choice.proxy()).isNotNull());
            } catch (IOException expected) {
                assertThat(expected.getMessage()).startsWith("the environment variable http_proxy is no address");
            }
        });
    }

    private int port() {
        return server.getAddress().getPort();
    }

    private HttpSource source(String base) {
        return new HttpSource(
                "here", URI.create(base), "me:hush", Duration.ofMinutes(1), Duration.ZERO, new Proxies(environment));
    }

    private HttpSource source() {
        return source(Duration.ofMinutes(1)); // a busy machine stands still for some time
    }

    private HttpSource source(Duration patience) {
        var base = URI.create(String.format(
                Locale.ROOT, "http://localhost:%d/files/", server.getAddress().getPort()));
        return new HttpSource("here", base, "", patience, Duration.ZERO, new Proxies(environment));
    }

    private void respond(HttpExchange exchange) throws IOException {
        var range = exchange.getRequestHeaders().getFirst("Range");
        ranges.add(range == null ? "none" : range);
        int from = range != null && honoursRange ? Integer.parseInt(range.replaceAll("\\D", "")) : 0;
        if (from >= served.length) {
            exchange.sendResponseHeaders(416, -1);
            exchange.close();
            return;
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, served.length - from);
        boolean cut = cuts.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
        int length = cut ? (served.length - from) / 2 : served.length - from;
        var body = exchange.getResponseBody();
        body.write(served, from, length);
        body.flush();
        exchange.close();
    }
}
