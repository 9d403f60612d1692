package dev.frl.broker;

import dev.frl.core.failure.FileTrouble;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A single Kafka node, broker and controller in one, in this process. It listens on the loopback interface only. Its data is in a
 * directory; the next broker on this directory has the same data, also after a kill.
 */
public final class EmbeddedBroker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
    /** Number of starts with other ports: a free port may be taken before the broker binds it. */
    private static final int TRIES = 5;

    private static final int CONNECT_MILLIS = 10_000;

    /** Folder of Kafka's files in the broker's directory. */
    private static final String DATA = "kafka";

    static {
        // Kafka brings Log4j, which has nothing to log here, and says so if it starts while the process ends.
        System.setProperty("log4j.shutdownHookEnabled", "false");
    }

    private final Path data;
    private final DirectoryLock lock;
    private final KafkaRaftServer server;
    private final int port;
    private final AtomicBoolean closed = new AtomicBoolean();

    private EmbeddedBroker(DirectoryLock lock, KafkaRaftServer server, int port, Path data) {
        this.data = data;
        this.lock = lock;
        this.server = server;
        this.port = port;
    }

    /**
     * Starts a broker. Returns when clients can connect.
     *
     * @param directory created if it does not exist; formatted at the first start
     * @param port port to listen on; 0 for any free port
     * @throws BrokerException if another broker uses the directory, the port is taken, or Kafka fails
     */
    public static EmbeddedBroker start(Path directory, int port) {
        return start(directory, port, Map.of());
    }

    /**
     * The same with further settings of Kafka, which win: users, rights, TLS. The listener of clients is named CLIENTS, that of the
     * controller CONTROLLER.
     */
    public static EmbeddedBroker start(Path directory, int port, Map<String, String> settings) {
        long begin = System.nanoTime();
        if (directory.toAbsolutePath().toString().contains(",")) {
            throw new BrokerException(
                    String.format(
                            Locale.ROOT,
                            "cannot use %s for a broker: Kafka reads a comma as the end of a folder's name; choose a folder without one (--home)",
                            directory),
                    false);
        }
        DirectoryLock lock;
        try {
            Files.createDirectories(directory.resolve(DATA));
            lock = DirectoryLock.take(directory);
        } catch (IOException e) {
            throw new BrokerException(
                    String.format(Locale.ROOT, "cannot use %s for a broker: %s", directory, FileTrouble.words(e)), e);
        }
        try {
            if (port != 0) {
                requireFree(port);
            }
            requireLoopback(loopback());
            var broker = start(lock, directory.resolve(DATA), port, settings);
            LOG.atInfo()
                    .addKeyValue("bootstrapServers", broker.bootstrapServers())
                    .addKeyValue("directory", directory)
                    .addKeyValue("millis", (System.nanoTime() - begin) / 1_000_000)
                    .log("broker started");
            return broker;
        } catch (RuntimeException e) {
            release(lock);
            throw e;
        }
    }

    private static EmbeddedBroker start(DirectoryLock lock, Path data, int port, Map<String, String> settings) {
        format(data);
        for (int attempt = 1; ; attempt++) {
            int listen = port == 0 ? freePort() : port;
            int controller = freePort();
            var server = new KafkaRaftServer(
                    new KafkaConfig(BrokerSettings.of(data, listen, controller, settings), false), Time.SYSTEM);
            try {
                BrokerHalt.watch(data);
                server.startup();
                return new EmbeddedBroker(lock, server, listen, data);
            } catch (RuntimeException e) {
                stop(server);
                if (attempt == TRIES) {
                    throw new BrokerException("the broker did not start: " + words(e), e);
                }
                LOG.atDebug().setCause(e).log("the broker did not start; trying other ports");
            }
        }
    }

    /** Formats the directory with a cluster id and the newest stable metadata version, unless it is formatted. */
    private static void format(Path data) {
        if (Files.exists(data.resolve("meta.properties"))) { // formatting writes this file last
            return;
        }
        try (var nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            new Formatter()
                    .setPrintStream(nowhere)
                    .setNodeId(BrokerSettings.NODE)
                    .setClusterId(Uuid.randomUuid().toString())
                    .addDirectory(data.toString())
                    .setMetadataLogDirectory(data.toString())
                    .setControllerListenerName("CONTROLLER")
                    .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
                    .run();
        } catch (Exception e) {
            throw new BrokerException(
                    String.format(Locale.ROOT, "cannot prepare %s for a broker: %s", data, words(e)), e);
        }
    }

    private static String words(Exception error) {
        return FileTrouble.find(error).orElseGet(() -> String.valueOf(error.getMessage()));
    }

    private static void requireFree(int port) {
        try (var socket = new ServerSocket(port, 1, loopback())) {
            socket.getLocalPort();
        } catch (IOException e) {
            throw new BrokerException(
                    String.format(
                            Locale.ROOT,
                            "port %d of 127.0.0.1 is taken: %s. Choose another, or 0 for any.",
                            port,
                            e.getMessage()),
                    true);
        }
    }

    /** Where the broker listens, also where Java prefers IPv6. */
    private static InetAddress loopback() {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // four bytes are an address
        }
    }

    /** Kafka tries to connect to itself for minutes, and does not say why it cannot. */
    static void requireLoopback(InetAddress address) {
        try (var server = new ServerSocket(0, 1, address);
                var client = new Socket()) {
            client.connect(server.getLocalSocketAddress(), CONNECT_MILLIS);
        } catch (IOException e) {
            throw new BrokerException(
                    String.format(
                            Locale.ROOT,
                            "programs on this machine cannot connect to each other over %s: %s. The network interface lo must be up (ip link set lo up), and no firewall may block it.",
                            address.getHostAddress(),
                            e.getMessage()),
                    false);
        }
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, loopback())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new BrokerException("no free port on 127.0.0.1: " + e.getMessage(), e);
        }
    }

    /** Address for clients. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    /** Stops the broker and releases its directory. A second call does nothing. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            stop(server);
            BrokerHalt.forget(data);
            release(lock);
        }
    }

    private static void stop(KafkaRaftServer server) {
        try {
            server.shutdown();
            server.awaitShutdown();
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).log("the broker failed to stop");
        }
    }

    private static void release(DirectoryLock lock) {
        try {
            lock.close();
        } catch (IOException e) {
            LOG.atWarn()
                    .setCause(e)
                    .log("the lock of the broker's directory was not released; it stays until this process ends");
        }
    }
}
