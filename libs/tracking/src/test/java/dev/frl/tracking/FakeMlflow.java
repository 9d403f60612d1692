package dev.frl.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** MLflow in memory: the endpoints that the recorder uses, with MLflow's limits. */
final class FakeMlflow implements AutoCloseable {
    private static final Pattern KEY = Pattern.compile("[\\w\\-./ :]{1,250}");
    private static final Pattern CONDITION = Pattern.compile("(?:tags\\.`([^`]+)`|(name)) = '([^']*)'");
    private static final ObjectMapper json = new ObjectMapper();

    final Map<String, Run> runs = new LinkedHashMap<>();
    final Map<String, String> artifacts = new TreeMap<>();
    final Map<String, String> experiments = new LinkedHashMap<>();
    final List<String> calls = new ArrayList<>();
    final List<@Nullable String> authorizations = new ArrayList<>();
    /** Statuses of the next responses; 0 responds as usual, −1 never responds. */
    final ConcurrentLinkedDeque<Integer> statuses = new ConcurrentLinkedDeque<>();

    /** Failure of all responses; 0 for none. As in {@link #statuses}; 1 is a login page with status 200, 2 JSON of another server. */
    volatile int always;
    /** Failure of all artifacts. */
    volatile int artifactStatus;
    /** Longest batch that the proxy in front of the server lets through. */
    volatile int largestBatch = Integer.MAX_VALUE;

    /** Limits of another release: entries of a batch, and characters of a parameter and of a tag. */
    volatile int mostEntries = 1000;

    volatile int longestParameter = 6000;
    volatile int longestTag = 8000;

    int tooLarge;
    private int created;

    private final HttpServer server;
    private final String artifactRoot;

    static final class Run {
        String name = "";
        String status = "RUNNING";
        String stage = "active";
        long start;
        long end;
        final TreeMap<String, String> tags = new TreeMap<>();
        final TreeMap<String, String> params = new TreeMap<>();
        /** A set, since MLflow keeps a repeated point once. */
        final TreeSet<String> metrics = new TreeSet<>();

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%s %s %d-%d tags%s params%s metrics%s",
                    name,
                    status,
                    start,
                    end,
                    tags,
                    params,
                    metrics);
        }
    }

    static {
        // Without it every response is delayed by 40 ms.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    FakeMlflow() throws IOException {
        this("mlflow-artifacts:/1/%s/artifacts");
    }

    /** @param artifactRoot format with a placeholder for the run's id */
    FakeMlflow(String artifactRoot) throws IOException {
        this.artifactRoot = artifactRoot;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            var thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/", this::handle);
        server.start();
    }

    String uri() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** The run with this tag frl.run_id. */
    Run run(String frlId) {
        return byTag(MlflowRecorder.RUN_ID, frlId);
    }

    Run parent() {
        return byTag(MlflowRecorder.KIND, "experiment");
    }

    private Run byTag(String tag, String value) {
        var found = runs.values().stream()
                .filter(r -> value.equals(r.tags.get(tag)))
                .toList();
        if (found.size() != 1) {
            throw new AssertionError(found.size() + " runs with " + tag + "=" + value);
        }
        return found.get(0);
    }

    /** Everything that a user can see, in an order that does not depend on the order of the requests. */
    String state() {
        var all = new TreeSet<String>();
        runs.values().forEach(r -> all.add(r.toString()));
        return String.join("\n", all) + "\n" + artifacts;
    }

    private void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String path = exchange.getRequestURI().getPath();
        Integer next = statuses.poll();
        int forced =
                next != null ? next : always != 0 ? always : path.contains("/mlflow-artifacts/") ? artifactStatus : 0;
        if (path.endsWith("/log-batch") && body.length > largestBatch) {
            forced = 413;
            tooLarge++;
        }
        try (exchange) {
            synchronized (this) {
                calls.add(path.replaceAll(".*/2\\.0/", ""));
                authorizations.add(exchange.getRequestHeaders().getFirst("Authorization"));
            }
            if (forced < 0) {
                Thread.sleep(60_000);
            } else if (forced == 1) {
                send(exchange, 200, "<!doctype html><html><body>Log in</body></html>");
            } else if (forced == 2) {
                send(exchange, 200, "[]");
            } else if (forced > 0) {
                send(exchange, forced, "{\"error_code\":\"X\",\"message\":\"forced " + forced + "\"}");
            } else {
                try {
                    send(exchange, 200, respond(path, exchange.getRequestURI().getQuery(), body));
                } catch (Refused e) {
                    send(
                            exchange,
                            400,
                            json.createObjectNode()
                                    .put("message", e.getMessage())
                                    .toString());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    /** What MLflow responds to with status 400. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refused(String why) {
            super(why);
        }
    }

    /** The body of the response to a request. */
    synchronized String respond(String path, @Nullable String query, byte[] body) throws IOException {
        if (path.startsWith("/api/2.0/mlflow-artifacts/artifacts/")) {
            artifacts.put(named(path.substring(36)), new String(body, StandardCharsets.UTF_8));
            return "";
        }
        JsonNode in = body.length == 0 ? json.createObjectNode() : json.readTree(body);
        return switch (path.substring("/api/2.0/mlflow/".length())) {
            case "experiments/search" -> searchExperiments(in);
            case "experiments/create" -> createExperiment(in.get("name").asText());
            case "experiments/set-experiment-tag" -> "{}";
            case "runs/create" -> createRun(in);
            case "runs/search" -> searchRuns(in);
            case "runs/get" -> getRun(query == null ? "" : query);
            case "runs/log-batch" -> logBatch(in, body.length);
            case "runs/update" -> update(in);
            default -> throw new Refused("no such endpoint: " + path);
        };
    }

    /** Replaces MLflow's run ids in artifact paths, since they differ from test to test. */
    private String named(String path) {
        for (var run : runs.entrySet()) {
            if (path.contains(run.getKey())) {
                return path.replace(run.getKey(), run.getValue().name);
            }
        }
        throw new Refused("no such run: " + path);
    }

    private String searchExperiments(JsonNode in) {
        ObjectNode out = json.createObjectNode();
        ArrayNode found = out.putArray("experiments");
        Matcher m = CONDITION.matcher(in.path("filter").asText());
        if (m.find() && experiments.containsKey(m.group(3))) {
            found.addObject()
                    .put("experiment_id", "1")
                    .put("name", m.group(3))
                    .put("lifecycle_stage", experiments.get(m.group(3)));
        }
        return out.toString();
    }

    private String createExperiment(String name) {
        if (experiments.putIfAbsent(name, "active") != null) {
            throw new Refused("Experiment(name=" + name + ") already exists.");
        }
        return "{\"experiment_id\":\"1\"}";
    }

    private String createRun(JsonNode in) {
        var run = new Run();
        run.name = in.path("run_name").asText();
        run.start = in.path("start_time").asLong();
        in.path("tags")
                .forEach(t -> run.tags.put(t.get("key").asText(), t.get("value").asText()));
        run.tags.computeIfPresent("mlflow.parentRunId", (k, id) -> "id of " + at(id).name);
        String id = String.format(Locale.ROOT, "run%03d", created++);
        runs.put(id, run);
        return json.createObjectNode().set("run", described(id, run)).toString();
    }

    private ObjectNode described(String id, Run run) {
        ObjectNode out = json.createObjectNode();
        out.putObject("info")
                .put("run_id", id)
                .put("experiment_id", "1")
                .put("status", run.status)
                .put("start_time", run.start)
                .put("artifact_uri", String.format(Locale.ROOT, artifactRoot, id))
                .put("lifecycle_stage", run.stage);
        ObjectNode data = out.putObject("data");
        ArrayNode tags = data.putArray("tags");
        run.tags.forEach((k, v) -> tags.addObject().put("key", k).put("value", v));
        ArrayNode params = data.putArray("params");
        run.params.forEach((k, v) -> params.addObject().put("key", k).put("value", v));
        ArrayNode metrics = data.putArray("metrics");
        run.metrics.stream()
                .map(m -> m.substring(0, m.indexOf(" step ")))
                .distinct()
                .forEach(key -> metrics.addObject().put("key", key).put("value", 0.5));
        return out;
    }

    private String searchRuns(JsonNode in) {
        int from = in.path("page_token").asText().isEmpty()
                ? 0
                : Integer.parseInt(in.path("page_token").asText());
        String filter = in.get("filter").asText();
        boolean running = filter.contains("attributes.status = 'RUNNING'");
        boolean active = in.path("run_view_type").asText().equals("ACTIVE_ONLY");
        ObjectNode out = json.createObjectNode();
        ArrayNode found = out.putArray("runs");
        runs.forEach((id, run) -> {
            Matcher m = CONDITION.matcher(filter);
            boolean all = true;
            while (m.find()) {
                all &= m.group(3).equals(run.tags.get(m.group(1)));
            }
            all &= !running || run.status.equals("RUNNING");
            all &= !active || run.stage.equals("active");
            if (all) {
                found.add(described(id, run));
            }
        });
        int to = from + in.path("max_results").asInt();
        if (to < found.size()) {
            out.put("next_page_token", String.valueOf(to));
        }
        for (int i = found.size() - 1; i >= 0; i--) {
            if (i < from || i >= to) {
                found.remove(i);
            }
        }
        return out.toString();
    }

    private String getRun(String query) {
        String id = query.replaceAll(".*run_id=([^&]*).*", "$1");
        return json.createObjectNode().set("run", described(id, at(id))).toString();
    }

    private Run at(String id) {
        Run run = runs.get(id);
        if (run == null) {
            throw new Refused("Run with id=" + id + " not found");
        }
        return run;
    }

    private String logBatch(JsonNode in, int bytes) {
        Run run = at(in.get("run_id").asText());
        JsonNode metrics = in.path("metrics");
        JsonNode params = in.path("params");
        JsonNode tags = in.path("tags");
        require(run.stage.equals("active"), "The run must be in the 'active' state");
        require(metrics.size() <= 1000 && params.size() <= 100 && tags.size() <= 100, "batch over the limits");
        require(bytes <= 1_000_000, "batch over 1 MB");
        require(
                metrics.size() + params.size() + tags.size() <= mostEntries,
                "A batch logging request can contain at most " + mostEntries);
        params.forEach(p -> {
            key(p);
            String value = p.get("value").asText();
            require(value.length() <= longestParameter, "Param value exceeded length limit of " + longestParameter);
            String before = run.params.putIfAbsent(p.get("key").asText(), value);
            require(before == null || before.equals(value), "Changing param values is not allowed");
        });
        metrics.forEach(m -> {
            key(m);
            run.metrics.add(String.format(
                    Locale.ROOT,
                    "%s step %d at %d: %s",
                    m.get("key").asText(),
                    m.path("step").asLong(),
                    m.path("timestamp").asLong(),
                    m.path("value").asDouble()));
        });
        tags.forEach(t -> {
            key(t);
            require(t.get("value").asText().length() <= longestTag, "Tag value exceeded length limit of " + longestTag);
            run.tags.put(t.get("key").asText(), t.get("value").asText());
        });
        return "{}";
    }

    private static void key(JsonNode entry) {
        String key = entry.get("key").asText();
        require(KEY.matcher(key).matches(), "Invalid name: " + key);
        boolean unique = List.of(key.split("/", -1)).stream().noneMatch(part -> part.matches("\\.{0,2}"));
        require(unique, "Names may be treated as files, and must not resolve to other names: " + key);
        require(!entry.path("value").asText().contains("\0"), "a database refuses the character 0");
    }

    private static void require(boolean ok, String otherwise) {
        if (!ok) {
            throw new Refused(otherwise);
        }
    }

    private String update(JsonNode in) {
        Run run = at(in.get("run_id").asText());
        run.status = in.get("status").asText();
        run.end = in.path("end_time").asLong();
        return "{}";
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
