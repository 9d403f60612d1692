package dev.frl.service;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.frl.service.metrics.ServiceMetrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The health of a service process, over HTTP: {@code GET /live} and {@code GET /ready} respond with 200, or with 503 and one line
 * that says why and what to do, and {@code GET /metrics} with the meters in the format of Prometheus. Opened on the port in {@code FRL_HEALTH_PORT} only: container images set it, other processes need
 * no port.
 */
final class HealthServer implements AutoCloseable {
    static final String PORT = "FRL_HEALTH_PORT";
    static final String HOST = "FRL_HEALTH_HOST";
    private static final Logger log = LoggerFactory.getLogger(HealthServer.class);
    private static final String LOOPBACK = "127.0.0.1";
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int NOT_ALLOWED = 405;
    private static final int UNAVAILABLE = 503;
    private static final String TEXT = "text/plain; charset=utf-8";
    /** A question to brokers that do not respond, or a client that does not go on, must not hold up the others. */
    private static final int THREADS = 4;

    static {
        // Read once by the JDK's server: seconds for a request and for a response, and the longest head of a request.
        limit("sun.net.httpserver.maxReqTime", 5);
        limit("sun.net.httpserver.maxRspTime", 20);
        limit("sun.net.httpserver.maxReqHeaders", 50);
        limit("sun.net.httpserver.maxReqHeaderSize", 16 << 10);
        limit("jdk.httpserver.maxConnections", 50);
    }

    private static void limit(String property, int value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, Integer.toString(value));
        }
    }

    private final Supplier<Optional<String>> brokers;
    private final @Nullable HttpServer server;
    private final ExecutorService threads;
    private volatile @Nullable Service service;
    private volatile String start = "the service is starting: it checks the topics";

    private HealthServer(
            Supplier<Optional<String>> brokers, Supplier<String> meters, @Nullable InetSocketAddress address)
            throws IOException {
        this.brokers = brokers;
        this.threads = Executors.newFixedThreadPool(THREADS, task -> {
            var thread = new Thread(task, "health");
            thread.setDaemon(true);
            return thread;
        });
        this.server = address == null ? null : HttpServer.create(address, 0);
        if (server != null) {
            server.setExecutor(threads);
            server.createContext("/", exchange -> {
                try (exchange) {
                    answer(exchange, meters);
                }
            });
            server.start();
        }
    }

    /**
     * Where the environment wants the port; empty if it wants none.
     *
     * @throws IllegalArgumentException if it names no port or no host
     */
    static Optional<InetSocketAddress> address(Map<String, String> environment) {
        var port = environment.get(PORT);
        if (port == null) {
            return Optional.empty();
        }
        String host = environment.getOrDefault(HOST, LOOPBACK);
        var address = new InetSocketAddress(host.isBlank() ? LOOPBACK : host.strip(), number(port));
        if (address.isUnresolved()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "%s is %s; it must be an address of this host, or 0.0.0.0 for all", HOST, host));
        }
        return Optional.of(address);
    }

    /**
     * Opens the port; without an address, none.
     *
     * @param brokers why the brokers cannot be used
     * @param meters all meters, in the format of Prometheus
     * @throws IllegalArgumentException if it cannot be opened
     */
    static HealthServer open(
            Optional<InetSocketAddress> address, Supplier<Optional<String>> brokers, Supplier<String> meters) {
        try {
            var health = new HealthServer(brokers, meters, address.orElse(null));
            if (address.isPresent() && address.get().getPort() == 0) {
                log.atInfo().addKeyValue("port", health.port()).log("health and meters are on a port that was free");
            }
            return health;
        } catch (IOException | UnsupportedAddressTypeException e) { // such as IPv6 in a JVM that was told to use IPv4
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s is %d, which cannot be opened on %s: %s. Choose a free port, and an address of this host for %s",
                            PORT,
                            address.map(InetSocketAddress::getPort).orElse(0),
                            address.map(InetSocketAddress::getHostString).orElse(""),
                            e.getMessage() == null ? "no such addresses here" : e.getMessage(),
                            HOST),
                    e);
        }
    }

    private static int number(String port) {
        int number = port.matches("[0-9]{1,5}") ? Integer.parseInt(port) : -1;
        if (number < 0 || number > 65535) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "%s is %s; it must be a port from 1 to 65535, or 0 for any free one", PORT, port));
        }
        return number;
    }

    /** The service cannot start yet. */
    void waits(String why) {
        start = why;
    }

    /** The service has started: from now on its state counts. */
    void started(Service started) {
        service = started;
    }

    /** Why the process is not ready for work; empty if it is. */
    Optional<String> notReady() {
        var without = brokers.get();
        var current = service;
        if (without.isPresent()) {
            return without;
        }
        return current == null ? Optional.of(start) : ended(current).or(current::notReady);
    }

    /** Why only a restart helps; empty otherwise. A process that waits for its brokers is live. */
    Optional<String> notLive() {
        var current = service;
        return current == null ? Optional.empty() : ended(current).or(current::notLive);
    }

    private static Optional<String> ended(Service service) {
        return service.ended().isDone() ? Optional.of("the service has ended") : Optional.empty();
    }

    /** The port that is open; −1 if none is. */
    int port() {
        return server == null ? -1 : server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange, Supplier<String> meters) throws IOException {
        if (!exchange.getRequestMethod().equals("GET")) {
            send(exchange, NOT_ALLOWED, TEXT, "only GET\n");
            return;
        }
        switch (exchange.getRequestURI().getPath()) {
            case "/live" -> respond(exchange, this::notLive);
            case "/ready" -> respond(exchange, this::notReady);
            case "/metrics" -> send(exchange, OK, ServiceMetrics.CONTENT_TYPE, meters.get());
            default -> send(exchange, NOT_FOUND, TEXT, "there are /live, /ready and /metrics\n");
        }
    }

    private static void respond(HttpExchange exchange, Supplier<Optional<String>> trouble) throws IOException {
        Optional<String> why;
        try {
            why = trouble.get();
        } catch (RuntimeException e) {
            why = Optional.of("the state of the service cannot be told: " + e);
        }
        var line = why.orElse("ok").replaceAll("\\s+", " ").strip() + "\n";
        send(exchange, why.isEmpty() ? OK : UNAVAILABLE, TEXT, line);
    }

    private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
        var body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        if (server != null) {
            server.stop(0);
        }
        threads.shutdownNow();
    }
}
