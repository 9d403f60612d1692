package dev.frl.data.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.frl.data.SmallData;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpSourceTest {
    private static final DataFile FILE = SmallData.entry().files().get(0);
    private static final byte[] STORED = SmallData.gzip(SmallData.images(40));

    @TempDir
    Path folder;

    private final List<String> ranges = Collections.synchronizedList(new ArrayList<>());
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
    void a_file_arrives_under_its_name_and_progress_ends_at_its_size() throws IOException {
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
    void an_interrupted_download_is_resumed() throws IOException {
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
    void a_later_call_resumes_the_download_of_an_earlier_one() throws IOException {
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
    void a_server_that_cannot_resume_sends_all_of_it_again() throws IOException {
        // Given
        honoursRange = false;
        Files.write(folder.resolve(FILE.name() + ".part"), Arrays.copyOf(STORED, 20));

        // When
        source().fetch(List.of(FILE), folder, Progress.NONE);

        // Then
        assertThat(folder.resolve(FILE.name())).hasBinaryContent(STORED);
    }

    @Test
    void the_beginning_of_another_file_costs_one_more_download() throws IOException {
        // Given
        Files.write(folder.resolve(FILE.name() + ".part"), new byte[30]);

        // When
        source().fetch(List.of(FILE), folder, Progress.NONE);

        // Then
        assertThat(folder.resolve(FILE.name())).hasBinaryContent(STORED);
        assertThat(ranges).containsExactly("bytes=30-", "none");
    }

    @Test
    void other_content_is_refused_and_leaves_nothing_behind() throws IOException {
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
    void an_archive_is_verified_as_it_is_published() throws IOException {
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
        assertThatThrownBy(() -> source().fetch(List.of(silent), folder, Progress.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("timed out");
    }

    private HttpSource source() {
        var base = URI.create(String.format(
                Locale.ROOT, "http://localhost:%d/files/", server.getAddress().getPort()));
        return new HttpSource("here", base, Duration.ofMillis(300));
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
