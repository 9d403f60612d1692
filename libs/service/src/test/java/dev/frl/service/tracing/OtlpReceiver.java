package dev.frl.service.tracing;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A receiver of traces over HTTP on this machine, as far as tests need it: it reads the protobuf of OpenTelemetry's protocol 1.x. */
final class OtlpReceiver implements AutoCloseable {
    static {
        // The JDK's server reads its limits at its first use in a process: those of HealthServer, whichever test comes
        // first.
        try {
            Class.forName("dev.frl.service.HealthServer");
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private final HttpServer server;
    private final List<Received> spans = Collections.synchronizedList(new ArrayList<>());

    /**
     * A span.
     *
     * @param resource attributes of its process
     * @param links trace id and span id of each
     */
    record Received(
            String trace,
            String id,
            String parent,
            String name,
            long startNanos,
            long endNanos,
            Map<String, String> attributes,
            List<String> links,
            boolean failed,
            Map<String, String> resource) {}

    OtlpReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/traces", exchange -> {
            try (exchange) {
                var body = exchange.getRequestBody().readAllBytes();
                messages(body, 1).forEach(this::read);
                exchange.sendResponseHeaders(200, -1);
            }
        });
        server.start();
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    List<Received> spans() {
        return List.copyOf(spans);
    }

    private void read(ByteBuffer resourceSpans) {
        var resource = attributes(messages(bytes(resourceSpans), 1).get(0), 1);
        for (var scope : messages(bytes(resourceSpans), 2)) {
            for (var span : messages(bytes(scope), 2)) {
                var all = bytes(span);
                spans.add(new Received(
                        hex(all, 1),
                        hex(all, 2),
                        hex(all, 4),
                        text(all, 5),
                        fixed(all, 7),
                        fixed(all, 8),
                        attributes(span, 9),
                        messages(all, 13).stream()
                                .map(link -> hex(bytes(link), 1) + "/" + hex(bytes(link), 2))
                                .toList(),
                        !messages(all, 15).isEmpty() && bytes(messages(all, 15).get(0)).length > 0,
                        resource));
            }
        }
    }

    private static Map<String, String> attributes(ByteBuffer of, int field) {
        var attributes = new LinkedHashMap<String, String>();
        for (var attribute : messages(bytes(of), field)) {
            var value = bytes(messages(bytes(attribute), 2).get(0));
            attributes.put(
                    text(bytes(attribute), 1),
                    messages(value, 1).isEmpty() ? Long.toString(varint(value, 3)) : text(value, 1));
        }
        return attributes;
    }

    private static String hex(byte[] message, int field) {
        return messages(message, field).stream()
                .findFirst()
                .map(value -> HexFormat.of().formatHex(bytes(value)))
                .orElse("");
    }

    private static String text(byte[] message, int field) {
        return messages(message, field).stream()
                .findFirst()
                .map(value -> new String(bytes(value), StandardCharsets.UTF_8))
                .orElse("");
    }

    private static long fixed(byte[] message, int field) {
        return numbers(message, field).stream().findFirst().orElse(0L);
    }

    private static long varint(byte[] message, int field) {
        return fixed(message, field);
    }

    private static byte[] bytes(ByteBuffer of) {
        var copy = of.duplicate();
        var all = new byte[copy.remaining()];
        copy.get(all);
        return all;
    }

    /** Values of a field that have a length: messages, texts and bytes. */
    private static List<ByteBuffer> messages(byte[] message, int field) {
        var found = new ArrayList<ByteBuffer>();
        walk(message, field, found, new ArrayList<>());
        return found;
    }

    private static List<Long> numbers(byte[] message, int field) {
        var found = new ArrayList<Long>();
        walk(message, field, new ArrayList<>(), found);
        return found;
    }

    private static void walk(byte[] message, int field, List<ByteBuffer> lengths, List<Long> numbers) {
        var in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            long key = varint(in);
            boolean wanted = key >>> 3 == field;
            switch ((int) (key & 7)) {
                case 0 -> add(numbers, wanted, varint(in));
                case 1 -> add(numbers, wanted, in.getLong());
                case 5 -> add(numbers, wanted, in.getInt());
                default -> {
                    int length = (int) varint(in);
                    if (wanted) {
                        lengths.add(in.slice(in.position(), length));
                    }
                    in.position(in.position() + length);
                }
            }
        }
    }

    private static void add(List<Long> numbers, boolean wanted, long number) {
        if (wanted) {
            numbers.add(number);
        }
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
