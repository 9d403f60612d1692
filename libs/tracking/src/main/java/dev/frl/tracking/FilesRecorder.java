package dev.frl.tracking;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.frl.core.HumanTime;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.errors.Tally;
import dev.frl.core.failure.FileTrouble;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.Parked;
import dev.frl.core.run.RunEvent.Planned;
import dev.frl.core.run.RunEvent.Stopped;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunEvent.Trained;
import dev.frl.core.run.RunEvent.TurnWanted;
import dev.frl.core.run.RunHistory;
import dev.frl.report.ExperimentReport;
import dev.frl.report.statistics.SweepHistory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Records runs in plain files, without MLflow, under one directory:
 *
 * <pre>
 *   RUN/spec.json          the resolved settings
 *   RUN/metrics.csv        epoch,name,value; the same names as in MLflow
 *   RUN/per_class.csv      counts and errors of every class in every evaluation
 *   RUN/status.json        status of the run
 *   EXPERIMENT/report.html
 * </pre>
 *
 * Each file is replaced as a whole, so a reader sees the old file or the new one. {@code metrics.csv} is rebuilt from the run's
 * events, so a run that continues has one set of metric names even if an earlier version used others.
 */
public final class FilesRecorder implements RunRecorder {
    private static final ObjectMapper json = new ObjectMapper();
    private static final Pattern NEEDS_QUOTES = Pattern.compile("[\",\r\n]");
    private final Path directory;
    private final Map<String, Metrics> metrics = new HashMap<>();

    /** @param directory created when the first run is recorded */
    public FilesRecorder(Path directory) {
        this.directory = directory;
    }

    @Override
    public void record(RunHistory history, RunEvent event) throws RecorderException {
        Path run = directory.resolve(safe(history.plan().runId()));
        try {
            if (event instanceof Planned) {
                replace(run.resolve("spec.json"), RunJson.pretty(history.plan().canonicalSpec()));
            }
            if (event instanceof Trained
                    || event instanceof EpochEvaluated
                    || event instanceof TestEvaluated
                    || event instanceof Finished) {
                replace(
                        run.resolve("metrics.csv"),
                        metrics(history.plan().runId()).upTo(history));
            }
            if (event instanceof EpochEvaluated || event instanceof TestEvaluated) {
                replace(run.resolve("per_class.csv"), perClass(history));
            }
            replace(run.resolve("status.json"), status(history));
            if (event.isEnd()) {
                metrics.remove(history.plan().runId());
            }
        } catch (IOException e) {
            throw failed(run, e);
        }
    }

    @Override
    public void summarise(List<RunHistory> runs, @Nullable SweepHistory sweep) throws RecorderException {
        if (runs.isEmpty()) {
            return;
        }
        Path file = directory.resolve(safe(runs.get(0).plan().experimentId())).resolve("report.html");
        try {
            replace(file, ExperimentReport.html(runs, sweep == null ? List.of() : List.of(sweep)));
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    @Override
    public void close() {}

    private static RecorderException failed(Path file, IOException e) {
        return new RecorderException("cannot write " + file + ": " + FileTrouble.words(e), e);
    }

    /** The metrics of a run's events so far. Kept, so that the cost of an epoch does not grow with the epochs before it. */
    private static final class Metrics {
        private final StringBuilder csv = new StringBuilder("epoch,name,value\n");
        private final Set<RunEvent> known = new HashSet<>();
        private int read;

        String upTo(RunHistory history) {
            var events = history.events();
            for (; read < events.size(); read++) {
                var event = events.get(read);
                for (MetricPoint p : known.add(event) ? RunMetrics.of(history, event) : List.<MetricPoint>of()) {
                    csv.append(p.step())
                            .append(',')
                            .append(cell(p.name()))
                            .append(',')
                            .append(p.value())
                            .append('\n');
                }
            }
            return csv.toString();
        }
    }

    private Metrics metrics(String runId) {
        return metrics.computeIfAbsent(runId, r -> new Metrics());
    }

    private static String perClass(RunHistory history) {
        var csv = new StringBuilder(
                "images,weights,epoch,label,class,samples,wrong_standard,wrong_robust,standard_error,boundary_error,robust_error\n");
        for (EpochEvaluated e : history.evaluated().values()) {
            rows(csv, "validation,last," + e.epoch(), history.classNames(), e.tally());
        }
        for (Selection weights : Selection.values()) {
            history.testEvent(weights).ifPresent(t -> {
                String which = weights == Selection.LAST ? "last" : "best";
                rows(csv, "test," + which + "," + t.epoch(), history.classNames(), t.tally());
            });
        }
        return csv.toString();
    }

    private static void rows(StringBuilder csv, String evaluation, List<String> names, Tally tally) {
        for (int i = 0; i < tally.classes(); i++) {
            long samples = tally.seen(i);
            long standard = tally.wrongClean(i);
            long robust = tally.wrongRobust(i);
            csv.append(evaluation)
                    .append(',')
                    .append(i)
                    .append(',')
                    .append(cell(i < names.size() ? names.get(i) : ""))
                    .append(',')
                    .append(samples)
                    .append(',')
                    .append(standard)
                    .append(',')
                    .append(robust)
                    .append(',')
                    .append(fraction(standard, samples))
                    .append(',')
                    .append(fraction(robust - standard, samples))
                    .append(',')
                    .append(fraction(robust, samples))
                    .append('\n');
        }
    }

    private static String fraction(long part, long whole) {
        return whole == 0 ? "" : String.valueOf((double) part / whole);
    }

    private static String cell(String text) {
        return NEEDS_QUOTES.matcher(text).find() ? '"' + text.replace("\"", "\"\"") + '"' : text;
    }

    private static String status(RunHistory history) {
        ObjectNode status = json.createObjectNode();
        var plan = history.plan();
        RunEvent last = history.events().get(history.events().size() - 1);
        status.put("run", plan.runId());
        status.put("experiment", plan.experiment());
        status.put("experimentId", plan.experimentId());
        plan.variant().forEach(status.putObject("variant")::put);
        status.put("specSha256", plan.specSha256());
        status.put("state", state(history));
        history.end().ifPresent(end -> {
            if (end instanceof Failed failed) {
                status.put("reason", HumanTime.in(failed.reason()));
            } else if (end instanceof Stopped stopped) {
                status.put("reason", HumanTime.in(stopped.reason()));
            }
        });
        int epoch = history.trained().keySet().stream().mapToInt(e -> e).max().orElse(-1);
        status.put("epoch", epoch);
        status.put("epochs", plan.settings().training().epochs());
        status.put("planned", history.events().get(0).at().toString());
        status.put("lastEvent", last.at().toString());
        return status.toPrettyString() + "\n";
    }

    private static String state(RunHistory history) {
        return history.end()
                .map(e -> e instanceof Failed ? "failed" : e instanceof Stopped ? "stopped" : "finished")
                .orElseGet(() -> isPaused(history) ? "paused" : "running");
    }

    private static boolean isPaused(RunHistory history) {
        boolean paused = false;
        for (RunEvent event : history.events()) {
            paused = event instanceof Parked || (paused && !(event instanceof TurnWanted));
        }
        return paused;
    }

    /** Folder name of an id; a separator or a leading dot in it must not lead out of the directory. */
    static String safe(String id) {
        String name = id.replaceAll("[^A-Za-z0-9._-]", "_").replaceAll("^\\.+", "_");
        return name.isEmpty() ? "_" : name;
    }

    private static void replace(Path file, String text) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException(file + " has no folder");
        }
        Files.createDirectories(folder);
        // Not createTempFile: its files are readable by the owner only, also after the move.
        Path temporary = folder.resolve(
                "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
        try {
            Files.write(temporary, text.getBytes(StandardCharsets.UTF_8));
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
