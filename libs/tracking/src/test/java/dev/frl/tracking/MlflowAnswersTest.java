package dev.frl.tracking;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.frl.core.run.RunEvent;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import dev.frl.report.SyntheticRun;
import dev.frl.report.SyntheticRun.Choice;
import dev.frl.tracking.MlflowSettings.Tls;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Answers that were damaged on the way, or are not MLflow's: status, headers and body. Each is told in one line, or does no harm, and
 * everything is recorded in the end.
 */
@Timeout(300)
final class MlflowAnswersTest {
    private static final int RUNS_PER_RECORDER = 20;
    private static final int ATTEMPTS = 6;
    private static final int SOMETIMES = 20;
    private static final ObjectMapper json = new ObjectMapper();
    private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(ISO_8859_1);

    /** What names no place, or one on this machine, or another server, would be written to or asked: that is not for a test. */
    private static final Pattern ELSEWHERE = Pattern.compile("\"artifact_uri\"\\s*:\\s*\"(?!mlflow-artifacts:/[^/])");

    private static final List<Integer> STATUSES = List.of(
            201, 204, 205, 206, 300, 301, 302, 303, 304, 307, 400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 413,
            418, 431, 451, 500, 501, 502, 503, 504, 507, 511, 599, 600, 999);

    private static final List<String> HEADERS = List.of(
            "Content-Type: application/json; charset=klingon",
            "Content-Type: ;;;=",
            "Content-Encoding: gzip",
            "Content-Encoding: deflate",
            "Content-Encoding: br",
            "Transfer-Encoding: chunked",
            "Transfer-Encoding: gzip, chunked",
            "Content-Length: 2000000000",
            "Content-Length: 99999999999999999999",
            "Content-Length: -1",
            "Location: http://[",
            "Location: /",
            "WWW-Authenticate: Negotiate",
            "Proxy-Authenticate: Basic",
            "Set-Cookie: a=b; Expires=never; Domain=.",
            "Connection: upgrade",
            "no colon");

    /** The two ways to a server. */
    enum Way {
        CLIENT_OF_MLFLOW(null),
        CLIENT_OF_JAVA(new Tls(null, null, true));

        final @Nullable Tls tls;

        Way(@Nullable Tls tls) {
            this.tls = tls;
        }

        MlflowSettings settings(String uri) {
            return new MlflowSettings(URI.create(uri), "frl", null, Duration.ofSeconds(60), Map.of(), tls);
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    @Timeout(value = 1, unit = TimeUnit.DAYS) // scripts/fuzz says how long; what hangs ends after minutes
    void no_mutation_of_an_answer_makes_the_recorder_crash_or_hang_and_all_is_recorded_in_the_end(Way way)
            throws Exception {
        // Given
        var harmed = new AtomicInteger();
        try (var wire = new Wire(new FakeMlflow())) {
            var recorders = new ArrayList<MlflowRecorder>();

            // When, Then
            Fuzz.run("answers of MLflow, " + way, 200, 64 << 20, random -> {
                if (wire.runs++ % RUNS_PER_RECORDER == 0) {
                    recorders.forEach(MlflowRecorder::close);
                    recorders.clear();
                    wire.mlflow.runs.clear();
                    wire.mlflow.artifacts.clear();
                    recorders.add(new MlflowRecorder(way.settings(wire.uri())));
                }
                boolean whole = random.nextInt(SOMETIMES) == 0;
                wire.damage(random.nextInt(whole ? 30 : 10), response -> damaged(response, random));
                var problems = recordAll(recorders.get(0), events(wire.runs, whole), whole);
                harmed.addAndGet(problems.isEmpty() ? 0 : 1);
                assertThat(problems).allSatisfy(problem -> {
                    assertThat(problem).doesNotContain("a defect of the recorder", "did not respond within");
                    assertThat(problem.length()).isLessThan(1_000);
                    assertThat(problem.chars()).noneMatch(c -> c < ' ');
                });
            });
            recorders.forEach(MlflowRecorder::close);
        }
        assertThat(harmed).hasPositiveValue();
    }

    /** @param whole whether the run is finished */
    private static List<RunEvent> events(int number, boolean whole) {
        var run = new SyntheticRun(
                        Choice.of("r-" + number, Policy.FRL_REWEIGHT, 1).withoutWarmStart(), List.of("easy", "hard"))
                .epoch(0, new double[] {.1, .4}, new double[] {.2, .8});
        return whole
                ? run.epoch(1, new double[] {.1, .4}, new double[] {.2, .8})
                        .finished()
                        .events()
                : run.events();
    }

    /**
     * @param summary whether the experiment is summarised, which takes longer than all else
     * @return what the recorder said, until everything was recorded
     */
    private static List<String> recordAll(MlflowRecorder recorder, List<RunEvent> events, boolean summary) {
        var problems = new ArrayList<String>();
        var log = new TrackedEvents(recorder);
        events.forEach(event -> log.accept(event).ifPresent(e -> problems.add(e.getMessage())));
        for (int attempt = 0; attempt < ATTEMPTS && isBehind(log, summary); attempt++) {
            try {
                recorder.connect();
            } catch (RecorderException e) {
                problems.add(e.getMessage());
            }
            log.retryNow();
            log.recordBehind(event -> {}).ifPresent(e -> problems.add(e.getMessage()));
            if (summary) {
                log.summariseNews().ifPresent(e -> problems.add(e.getMessage()));
            }
        }
        assertThat(isBehind(log, summary))
                .as("not recorded, after %s", problems)
                .isFalse();
        return problems;
    }

    private static boolean isBehind(TrackedEvents log, boolean summary) {
        return summary ? !log.isComplete() : log.waiting() > 0;
    }

    /** @param response a whole one, with its head */
    private static byte[] damaged(byte[] response, SplittableRandom random) {
        int head = indexOf(response, END_OF_HEAD) + END_OF_HEAD.length;
        byte[] body = Arrays.copyOfRange(response, head, response.length);
        byte[] bad = switch (random.nextInt(6)) {
            case 0 -> Mutations.mutate(response, random);
            case 1 -> response(200, Mutations.mutate(body, random));
            case 2 -> response(200, otherTypes(body, random));
            case 3 -> response(STATUSES.get(random.nextInt(STATUSES.size())), body);
            case 4 -> response(200, random.nextBoolean() ? body : Mutations.mutate(gzip(body), random), header(random));
            default -> response(STATUSES.get(random.nextInt(STATUSES.size())), new byte[0], header(random));
        };
        return ELSEWHERE.matcher(new String(bad, ISO_8859_1)).find() ? response(500, body) : bad;
    }

    private static String header(SplittableRandom random) {
        return HEADERS.get(random.nextInt(HEADERS.size()));
    }

    /** Puts a value of another type somewhere into the JSON. */
    private static byte[] otherTypes(byte[] body, SplittableRandom random) {
        try {
            JsonNode root = json.readTree(body);
            var places = new ArrayList<JsonNode>();
            collect(root, places);
            if (places.isEmpty()) {
                return "null".getBytes(UTF_8);
            }
            JsonNode place = places.get(random.nextInt(places.size()));
            if (place instanceof ObjectNode object && !object.isEmpty()) {
                var names = new ArrayList<String>();
                object.fieldNames().forEachRemaining(names::add);
                object.set(names.get(random.nextInt(names.size())), value(random));
            } else if (place instanceof ArrayNode array) {
                array.insert(random.nextInt(array.size() + 1), value(random));
            }
            return json.writeValueAsBytes(root);
        } catch (IOException e) {
            return body;
        }
    }

    private static void collect(JsonNode node, List<JsonNode> containers) {
        if (node.isContainerNode()) {
            containers.add(node);
            node.forEach(child -> collect(child, containers));
        }
    }

    private static JsonNode value(SplittableRandom random) {
        var all = json.createArrayNode();
        all.addNull()
                .add(true)
                .add(-1)
                .add(1e300)
                .add(0.5)
                .add("")
                .add("x")
                .add("\u0000")
                .add("\uD800");
        all.add("9".repeat(400))
                .add("a/b?c=d&e#f%zz [")
                .add("2147483648")
                .add("active")
                .add("deleted")
                .add("RUNNING");
        all.addArray();
        all.addObject();
        all.addObject().put("key", 1).putNull("value");
        JsonNode deep = json.createObjectNode();
        for (int i = 0; i < 200; i++) {
            deep = json.createArrayNode().add(deep);
        }
        all.add(deep);
        return all.get(random.nextInt(all.size()));
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void an_answer_without_an_end_is_refused_at_its_limit(Way way) throws Exception {
        endless(way, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", false);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void an_answer_without_an_end_in_small_chunks_is_refused_at_its_limit(Way way) throws Exception {
        endless(way, "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n", true);
    }

    private static void endless(Way way, String head, boolean chunked) throws Exception {
        // Given
        var spaces = new byte[8192];
        Arrays.fill(spaces, (byte) ' ');
        try (var server = new Answering(out -> {
                    out.write(head.getBytes(ISO_8859_1));
                    while (true) {
                        if (chunked) {
                            out.write("2000\r\n".getBytes(ISO_8859_1));
                        }
                        out.write(spaces);
                        if (chunked) {
                            out.write("\r\n".getBytes(ISO_8859_1));
                        }
                    }
                });
                var recorder = new MlflowRecorder(way.settings(server.uri()))) {
            // When
            assertThatThrownBy(recorder::connect)

                    // Then
                    .isInstanceOf(RecorderException.class)
                    .hasMessageContaining("is not that of an MLflow server (longer than 8 MiB)");
        }
    }

    /** MLflow's client frees no connection of a response that it cannot read, and it has two: a third call waited for its time limit. */
    @ParameterizedTest
    @EnumSource(Way.class)
    void answers_that_cannot_be_read_use_up_no_connections(Way way) throws Exception {
        // Given
        try (var server = new Answering(out -> out.write(
                        "HTTP/1.1 200 OK\r\nContent-Type: \"a\"\r\nContent-Length: 2\r\n\r\n[]".getBytes(ISO_8859_1)));
                var recorder = new MlflowRecorder(way.settings(server.uri()))) {
            for (int call = 0; call < 4; call++) {
                // When
                assertThatThrownBy(recorder::connect)

                        // Then
                        .isInstanceOf(RecorderException.class)
                        .hasMessageNotContaining("did not respond within");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void a_length_that_nothing_follows_costs_no_memory(Way way) throws Exception {
        // Given
        var before = new AtomicInteger();
        try (var server = new Answering(out -> {
                    before.incrementAndGet();
                    out.write("HTTP/1.1 200 OK\r\nContent-Length: 2147483000\r\n\r\n{}".getBytes(ISO_8859_1));
                });
                var recorder = new MlflowRecorder(way.settings(server.uri()))) {
            // When
            assertThatThrownBy(recorder::connect)

                    // Then: an array of this length would be an OutOfMemoryError
                    .isInstanceOf(RecorderException.class)
                    .hasMessageStartingWith(
                            "cannot search for experiment frl: MLflow at " + server.uri() + " cannot be reached (");
        }
        assertThat(before).hasPositiveValue();
    }

    /** Java's client asks for no compression, and reads none. */
    @ParameterizedTest
    @EnumSource(value = Way.class, names = "CLIENT_OF_MLFLOW")
    void a_small_answer_that_unpacks_to_a_large_one_is_refused_at_its_limit(Way way) throws Exception {
        // Given
        byte[] bomb = gzip(new byte[256 << 20]);
        try (var server = new Answering(out -> out.write(response(200, bomb, "Content-Encoding: gzip")));
                var recorder = new MlflowRecorder(way.settings(server.uri()))) {
            // When
            assertThatThrownBy(recorder::connect)

                    // Then
                    .isInstanceOf(RecorderException.class)
                    .hasMessageContaining("longer than 8 MiB");
        }
    }

    @ParameterizedTest
    @EnumSource(value = Way.class, names = "CLIENT_OF_MLFLOW")
    void headers_without_an_end_are_refused(Way way) throws Exception {
        // Given
        try (var server = new Answering(out -> {
                    out.write("HTTP/1.1 200 OK\r\n".getBytes(ISO_8859_1));
                    while (true) {
                        out.write("X-Header: value\r\n".getBytes(ISO_8859_1));
                    }
                });
                var recorder = new MlflowRecorder(way.settings(server.uri()))) {
            // When
            assertThatThrownBy(recorder::connect)

                    // Then
                    .isInstanceOf(RecorderException.class)
                    .hasMessageContaining("header count");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "mlruns/1",
                "mlflow-artifacts:1/run",
                "mlflow-artifacts://a b/1",
                "mlflow-artifacts://%5B/1",
                "file:x",
                "file:/a%00b",
                "http://[",
                "%zz"
            })
    void artifacts_without_a_place_are_refused_and_nothing_is_written_elsewhere(String place, @TempDir Path folder)
            throws Exception {
        // Given
        try (var mlflow = new FakeMlflow(place.replace("%", "%%"));
                var recorder = new MlflowRecorder(Way.CLIENT_OF_MLFLOW.settings(mlflow.uri()))) {
            var log = new TrackedEvents(recorder);

            // When
            var problems = new ArrayList<String>();
            events(1, true).forEach(event -> log.accept(event).ifPresent(e -> problems.add(e.getMessage())));

            // Then
            assertThat(problems)
                    .singleElement()
                    .asString()
                    .startsWith("the artifact_uri of a run in MLflow is no URI of a place: ");
            assertThat(Path.of("spec")).doesNotExist();
        }
    }

    private static byte[] response(int status, byte[] body, String... headers) {
        var head = new StringBuilder(String.format(Locale.ROOT, "HTTP/1.1 %d Word\r\n", status));
        head.append("Content-Type: application/json\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        if (!String.join("", headers).startsWith("Content-Length")
                && !String.join("", headers).startsWith("Transfer-Encoding")) {
            head.append(String.format(Locale.ROOT, "Content-Length: %d\r\n", body.length));
        }
        var all = new ByteArrayOutputStream();
        all.writeBytes(head.append("\r\n").toString().getBytes(ISO_8859_1));
        all.writeBytes(body);
        return all.toByteArray();
    }

    private static byte[] gzip(byte[] bytes) {
        var out = new ByteArrayOutputStream();
        try (var zip = new GZIPOutputStream(out)) {
            zip.write(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    private static int indexOf(byte[] bytes, byte[] what) {
        return new String(bytes, ISO_8859_1).indexOf(new String(what, ISO_8859_1));
    }

    /** Reads the head of a request, and its body by its length. @return null at the end of the connection */
    private static @Nullable Request read(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                return null;
            }
            head.append((char) next);
        }
        var length = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)").matcher(head);
        byte[] body = length.find() ? in.readNBytes(Integer.parseInt(length.group(1))) : new byte[0];
        var target = URI.create(head.substring(head.indexOf(" ") + 1, head.indexOf(" HTTP/")));
        return new Request(target.getPath(), target.getQuery(), body);
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Request(String path, @Nullable String query, byte[] body) {}

    /** What a server does with one connection. */
    @FunctionalInterface
    private interface Connection {
        void serve(OutputStream out) throws IOException;
    }

    /** A server that answers each connection in one way, whatever is asked. */
    private static final class Answering implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final Connection connection;

        Answering(Connection connection) throws IOException {
            this.connection = connection;
            accepting(server, this::serve);
        }

        private void serve(Socket socket) throws IOException {
            if (read(new BufferedInputStream(socket.getInputStream())) != null) {
                connection.serve(socket.getOutputStream());
            }
        }

        String uri() {
            return "http://127.0.0.1:" + server.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    /** A MLflow whose n-th answer is damaged, and its connection closed after it. */
    private static final class Wire implements AutoCloseable {
        final FakeMlflow mlflow;
        int runs;
        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private int until = -1;
        private UnaryOperator<byte[]> damage = UnaryOperator.identity();

        Wire(FakeMlflow mlflow) throws IOException {
            this.mlflow = mlflow;
            accepting(server, this::serve);
        }

        String uri() {
            return "http://127.0.0.1:" + server.getLocalPort();
        }

        synchronized void damage(int after, UnaryOperator<byte[]> how) {
            until = after;
            damage = how;
        }

        private void serve(Socket socket) throws IOException {
            var in = new BufferedInputStream(socket.getInputStream());
            for (Request request = read(in); request != null; request = read(in)) {
                byte[] response;
                try {
                    String text = mlflow.respond(request.path(), request.query(), request.body());
                    response = response(200, text.getBytes(UTF_8));
                } catch (FakeMlflow.Refused e) {
                    response = response(
                            400,
                            json.createObjectNode()
                                    .put("message", e.getMessage())
                                    .toString()
                                    .getBytes(UTF_8));
                }
                boolean last;
                synchronized (this) {
                    last = until-- == 0;
                    response = last ? damage.apply(response) : response;
                }
                socket.getOutputStream().write(response);
                if (last) {
                    return;
                }
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
            mlflow.close();
        }
    }

    private interface Serving {
        void serve(Socket socket) throws IOException;
    }

    private static void accepting(ServerSocket server, Serving serving) {
        daemon(() -> {
            while (true) {
                try {
                    var socket = server.accept();
                    daemon(() -> {
                        try (socket) {
                            socket.setTcpNoDelay(true);
                            serving.serve(socket);
                        } catch (IOException e) {
                            // the client has had enough
                        }
                    });
                } catch (IOException e) {
                    return; // closed
                }
            }
        });
    }

    private static void daemon(Runnable task) {
        var thread = new Thread(task, "server");
        thread.setDaemon(true);
        thread.start();
    }
}
