package dev.frl.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HealthServerTest {
    private static final Map<String, String> ANY_PORT = Map.of("FRL_HEALTH_PORT", "0");
    private static final Optional<String> NONE = Optional.empty();

    private final AtomicReference<Optional<String>> brokers = new AtomicReference<>(NONE);

    private record Scripted(CompletableFuture<Void> ended, Optional<String> notReady, Optional<String> notLive)
            implements Service {
        @Override
        public void close() {}
    }

    @Test
    void a_process_that_waits_for_brokers_is_live_and_says_what_it_waits_for() throws Exception {
        try (var health = HealthServer.open(HealthServer.address(ANY_PORT), brokers::get, () -> "frl_test 1\n")) {
            // Given
            brokers.set(Optional.of("no broker answers\nat kafka:9092"));

            // When
            var ready = get(health, "/ready");
            var live = get(health, "/live");

            // Then
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body()).isEqualTo("no broker answers at kafka:9092\n");
            assertThat(live.statusCode()).isEqualTo(200);
        }
    }

    @Test
    void a_process_is_not_ready_before_its_service_has_started() throws Exception {
        try (var health = HealthServer.open(HealthServer.address(ANY_PORT), brokers::get, () -> "frl_test 1\n")) {
            assertThat(get(health, "/ready").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void a_process_that_waits_for_topics_is_live_and_says_which_command_makes_them() throws Exception {
        try (var health = HealthServer.open(HealthServer.address(ANY_PORT), brokers::get, () -> "frl_test 1\n")) {
            // When
            health.waits("there is no topic t; create the topics with `frl topics create`");

            // Then
            assertThat(get(health, "/ready").body())
                    .isEqualTo("there is no topic t; create the topics with `frl topics create`\n");
            assertThat(get(health, "/live").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void a_running_service_is_live_and_ready() throws Exception {
        try (var health = HealthServer.open(HealthServer.address(ANY_PORT), brokers::get, () -> "frl_test 1\n")) {
            // When
            health.started(new Scripted(new CompletableFuture<>(), NONE, NONE));

            // Then
            assertThat(get(health, "/ready").statusCode()).isEqualTo(200);
            assertThat(get(health, "/live").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void a_service_says_itself_why_it_is_not_ready_or_not_live() throws Exception {
        try (var health = HealthServer.open(HealthServer.address(ANY_PORT), brokers::get, () -> "frl_test 1\n")) {
            // When
            health.started(new Scripted(
                    new CompletableFuture<>(),
                    Optional.of("MLflow cannot be reached"),
                    Optional.of("has not asked for a record")));

            // Then
            assertThat(get(health, "/ready"))
                    .returns(503, HttpResponse::statusCode)
                    .returns("MLflow cannot be reached\n", HttpResponse::body);
            assertThat(get(health, "/live"))
                    .returns(503, HttpResponse::statusCode)
                    .returns("has not asked for a record\n", HttpResponse::body);
        }
    }

    @Test
    void a_service_without_its_brokers_is_not_ready_but_live() throws Exception {
        try (var health = HealthServer.open(HealthServer.address(ANY_PORT), brokers::get, () -> "frl_test 1\n")) {
            // Given
            health.started(new Scripted(new CompletableFuture<>(), NONE, NONE));

            // When
            brokers.set(Optional.of("no broker answers"));

            // Then
            assertThat(get(health, "/ready").statusCode()).isEqualTo(503);
            assertThat(get(health, "/live").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void a_service_that_has_ended_is_not_live() throws Exception {
        try (var health = HealthServer.open(HealthServer.address(ANY_PORT), brokers::get, () -> "frl_test 1\n")) {
            // When
            health.started(new Scripted(CompletableFuture.completedFuture(null), NONE, NONE));

            // Then
            assertThat(get(health, "/live").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void meters_are_there_before_the_service_has_started() throws Exception {
        try (var health = HealthServer.open(HealthServer.address(ANY_PORT), brokers::get, () -> "frl_test 1\n")) {
            // When
            var metrics = get(health, "/metrics");

            // Then
            assertThat(metrics).returns(200, HttpResponse::statusCode).returns("frl_test 1\n", HttpResponse::body);
            assertThat(metrics.headers().firstValue("Content-Type"))
                    .hasValue("text/plain; version=0.0.4; charset=utf-8");
        }
    }

    @Test
    void no_port_is_opened_unless_the_environment_names_one() {
        try (var health = HealthServer.open(HealthServer.address(Map.of()), brokers::get, () -> "frl_test 1\n")) {
            assertThat(health.port()).isEqualTo(-1);
        }
    }

    @Test
    void a_wrong_port_and_a_taken_one_name_the_variable() throws IOException {
        assertThatThrownBy(() -> HealthServer.address(Map.of("FRL_HEALTH_PORT", "eighty")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("FRL_HEALTH_PORT is eighty; it must be a port from 1 to 65535, or 0 for any free one");
        try (var taken = new ServerSocket(0)) {
            var port = String.valueOf(taken.getLocalPort());
            var address = HealthServer.address(Map.of("FRL_HEALTH_PORT", port, "FRL_HEALTH_HOST", "0.0.0.0"));
            assertThatThrownBy(() -> HealthServer.open(address, brokers::get, () -> "frl_test 1\n"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("FRL_HEALTH_PORT is " + port + ", which cannot be opened on 0.0.0.0: ");
        }
    }

    @Test
    void the_port_is_on_the_loopback_interface_unless_the_environment_says_otherwise() {
        assertThat(HealthServer.address(ANY_PORT).orElseThrow().getAddress().isLoopbackAddress())
                .isTrue();
        assertThat(HealthServer.address(Map.of("FRL_HEALTH_PORT", "0", "FRL_HEALTH_HOST", "0.0.0.0"))
                        .orElseThrow()
                        .getAddress()
                        .isAnyLocalAddress())
                .isTrue();
        var elsewhere = HealthServer.address(Map.of("FRL_HEALTH_PORT", "0", "FRL_HEALTH_HOST", "192.0.2.1"));
        assertThatThrownBy(() -> HealthServer.open(elsewhere, brokers::get, () -> "frl_test 1\n"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("192.0.2.1", "an address of this host for FRL_HEALTH_HOST");
        assertThatThrownBy(() -> HealthServer.address(
                        Map.of("FRL_HEALTH_PORT", "0", "FRL_HEALTH_HOST", "no host of that name.invalid")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("FRL_HEALTH_HOST is no host of that name.invalid");
    }

    @Test
    void other_paths_and_other_methods_are_refused() throws Exception {
        try (var health = HealthServer.open(HealthServer.address(ANY_PORT), brokers::get, () -> "frl_test 1\n")) {
            assertThat(get(health, "/").statusCode()).isEqualTo(404);
            assertThat(get(health, "/metrics/more").statusCode()).isEqualTo(404);
            var uri = URI.create(String.format(Locale.ROOT, "http://127.0.0.1:%d/metrics", health.port()));
            var post = HttpRequest.newBuilder(uri)
                    .POST(HttpRequest.BodyPublishers.ofString("x"))
                    .build();
            assertThat(HttpClient.newHttpClient()
                            .send(post, BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(405);
        }
    }

    /** More of them than there are threads. */
    @Test
    void clients_that_do_not_go_on_are_cut_off_and_hold_up_nobody_for_ever() throws Exception {
        try (var health = HealthServer.open(HealthServer.address(ANY_PORT), brokers::get, () -> "frl_test 1\n")) {
            var slow = new ArrayList<Socket>();
            try {
                for (int i = 0; i < 8; i++) {
                    var socket = new Socket("127.0.0.1", health.port());
                    socket.getOutputStream().write("GET /live HT".getBytes(StandardCharsets.US_ASCII));
                    socket.getOutputStream().flush();
                    slow.add(socket);
                }
                assertThat(get(health, "/metrics").statusCode()).isEqualTo(200);
            } finally {
                for (var socket : slow) {
                    socket.close();
                }
            }
        }
    }

    private static HttpResponse<String> get(HealthServer health, String path) throws Exception {
        var uri = URI.create(String.format(Locale.ROOT, "http://127.0.0.1:%d%s", health.port(), path));
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }
}
