package dev.frl.messaging.access;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * What a listener speaks: TLS or not, SASL or not. A client whose protocol differs only sees connections that end, and tries again for
 * ever. Nothing secret is sent.
 */
public final class ListenerProbe {
    private static final int MILLIS = 3000;
    private static final Pattern ADDRESS =
            Pattern.compile("(?:[0-9a-zA-Z\\-%._]*://)?\\[?([0-9a-zA-Z\\-%._:]+?)]?:([0-9]{1,5})");

    private static final short METADATA = 3;
    private static final short SASL_HANDSHAKE = 17;
    private static final short ILLEGAL_SASL_STATE = 34;
    private static final int CORRELATION = 0x46524c;
    private static final int MOST_BYTES = 64 << 10;
    /** Each that does not answer takes seconds. */
    private static final int MOST_BROKERS = 5;

    /**
     * What was found.
     *
     * @param address that was asked
     * @param kafka whether it speaks Kafka's protocol, or is TLS that does not let us in
     * @param tls whether it speaks TLS
     * @param mechanisms of SASL; none if it wants no SASL, and not present if that is not known
     */
    public record Listener(String address, boolean kafka, boolean tls, Optional<List<String>> mechanisms) {}

    private ListenerProbe() {}

    /** Asks the first address that accepts a connection; empty if none does. */
    public static Optional<Listener> of(String servers) {
        for (String server : servers.split(",")) {
            var address = ADDRESS.matcher(server.strip());
            if (address.matches()) {
                var found = of(server.strip(), address.group(1), Integer.parseInt(address.group(2)));
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Listener> of(String name, String host, int port) {
        try (var plain = connect(host, port)) {
            try {
                return Optional.of(new Listener(name, true, false, Optional.of(mechanisms(plain))));
            } catch (IOException e) {
                return Optional.of(overTls(name, host, port));
            }
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty(); // nobody listens there
        }
    }

    private static Listener overTls(String name, String host, int port) {
        try (var plain = connect(host, port);
                var tls = (SSLSocket) trustful().getSocketFactory().createSocket(plain, host, port, true)) {
            try {
                tls.startHandshake();
            } catch (SSLHandshakeException e) {
                boolean alert = String.valueOf(e.getMessage()).contains("fatal alert");
                return new Listener(name, alert, alert, Optional.empty());
            }
            try {
                return new Listener(name, true, true, Optional.of(mechanisms(tls)));
            } catch (IOException e) {
                return new Listener(name, true, true, Optional.empty()); // it wants a certificate
            }
        } catch (IOException | GeneralSecurityException e) {
            return new Listener(name, false, false, Optional.empty());
        }
    }

    /**
     * Asks a listener under which addresses clients shall find the brokers.
     *
     * @return HOST:PORT of each broker; empty if the listener tells it only to users
     */
    public static List<String> advertised(Listener listener) {
        var address = ADDRESS.matcher(listener.address());
        if (!address.matches()) {
            return List.of();
        }
        String host = address.group(1);
        int port = Integer.parseInt(address.group(2));
        try (var plain = connect(host, port)) {
            if (!listener.tls()) {
                return brokers(plain);
            }
            try (var tls = (SSLSocket) trustful().getSocketFactory().createSocket(plain, host, port, true)) {
                return brokers(tls);
            }
        } catch (IOException | GeneralSecurityException e) {
            return List.of();
        }
    }

    /** Why none of these addresses accepts a connection; empty if one does. */
    public static Optional<String> unreachable(List<String> addresses) {
        var reasons = new ArrayList<String>();
        for (String name : addresses) {
            int colon = name.lastIndexOf(':');
            try (var socket = connect(name.substring(0, colon), Integer.parseInt(name.substring(colon + 1)))) {
                return Optional.empty();
            } catch (UnknownHostException e) {
                reasons.add(name + " (no host of this name is known)");
            } catch (IOException | IllegalArgumentException e) {
                reasons.add(String.format(Locale.ROOT, "%s (%s)", name, e.getMessage()));
            }
        }
        return reasons.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", reasons));
    }

    private static Socket connect(String host, int port) throws IOException {
        var socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(host, port), MILLIS);
            socket.setSoTimeout(MILLIS);
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** Sends a request of version 1, and reads the beginning of the answer. */
    private static DataInputStream answer(Socket socket, short request, byte... body) throws IOException {
        var out = new DataOutputStream(socket.getOutputStream());
        byte[] client = "frl".getBytes(StandardCharsets.US_ASCII);
        out.writeInt(2 + 2 + 4 + 2 + client.length + body.length);
        out.writeShort(request);
        out.writeShort(1);
        out.writeInt(CORRELATION);
        out.writeShort(client.length);
        out.write(client);
        out.write(body);
        out.flush();
        var in = new DataInputStream(socket.getInputStream());
        int length = in.readInt();
        if (length < 10 || length > MOST_BYTES || in.readInt() != CORRELATION) {
            throw new IOException("no answer of Kafka");
        }
        return in;
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readUnsignedShort()), StandardCharsets.UTF_8);
    }

    /** Asks for the topics of an empty list: the answer has all brokers. */
    private static List<String> brokers(Socket socket) throws IOException {
        var in = answer(socket, METADATA, new byte[4]);
        int count = in.readInt();
        var found = new ArrayList<String>();
        for (int i = 0; i < Math.min(count, MOST_BROKERS); i++) {
            in.readInt(); // id
            found.add(String.format(Locale.ROOT, "%s:%d", text(in), in.readInt()));
            short rack = in.readShort();
            in.readNBytes(Math.max(rack, 0));
        }
        return found;
    }

    /** Asks for a mechanism that does not exist: the answer lists those that do. */
    private static List<String> mechanisms(Socket socket) throws IOException {
        byte[] mechanism = "NONE".getBytes(StandardCharsets.US_ASCII);
        var body = ByteBuffer.allocate(2 + mechanism.length)
                .putShort((short) mechanism.length)
                .put(mechanism)
                .array();
        var in = answer(socket, SASL_HANDSHAKE, body);
        short error = in.readShort();
        int count = in.readInt();
        var found = new ArrayList<String>();
        for (int i = 0; i < Math.min(count, 20); i++) {
            found.add(text(in));
        }
        return error == ILLEGAL_SASL_STATE ? List.of() : found;
    }

    /** Trusts everybody, since nothing is told to the other side. */
    private static SSLContext trustful() throws GeneralSecurityException {
        var context = SSLContext.getInstance("TLS");
        context.init(
                null,
                new TrustManager[] {
                    new X509TrustManager() {
                        @Override
                        public void checkClientTrusted(X509Certificate[] chain, String type) {}

                        @Override
                        public void checkServerTrusted(X509Certificate[] chain, String type) {}

                        @Override
                        public X509Certificate[] getAcceptedIssuers() {
                            return new X509Certificate[0];
                        }
                    }
                },
                null);
        return context;
    }
}
